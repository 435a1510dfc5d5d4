import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { decide } from "../../policy/decide.ts";
import { NO_FACTS } from "../../policy/facts.ts";
import { addressOf, check, factsOf, policyOf, type PolicySpec } from "./check.ts";

const SENTINEL = "127.255.255.254:5432";
const GRANTED: PolicySpec = { hostLoopback: true, ports: ["5432/tcp"] };

describe("decideHostLoopback", () => {
  it("takes the host's flag and the workload's grant", () => {
    check(policyOf(GRANTED), "tcp-connect", SENTINEL, "real host-loopback");
    check(
      policyOf({ ...GRANTED, hostLoopback: false }),
      "tcp-connect",
      SENTINEL,
      "deny host-loopback-disabled",
    );
    check(
      policyOf({ ...GRANTED, ports: [] }),
      "tcp-connect",
      SENTINEL,
      "deny host-loopback-not-granted",
    );
  });

  it("grants one port of one protocol", () => {
    check(
      policyOf(GRANTED),
      "tcp-connect",
      "127.255.255.254:5433",
      "deny host-loopback-not-granted",
    );
    check(policyOf(GRANTED), "udp-send", SENTINEL, "deny host-loopback-not-granted");
    const udp = policyOf({ hostLoopback: true, ports: ["5432/udp"] });
    check(udp, "udp-send", SENTINEL, "real host-loopback");
    check(udp, "tcp-connect", SENTINEL, "deny host-loopback-not-granted");
  });

  it("never gives out a port that this host itself listens on", () => {
    const facts = factsOf({ isOwnPort: (protocol, port) => protocol === "tcp" && port === 5432 });
    check(policyOf(GRANTED), "tcp-connect", SENTINEL, "deny host-owned-port", facts);
    const other = policyOf({ hostLoopback: true, ports: ["5433", "5432/udp"] });
    check(other, "tcp-connect", "127.255.255.254:5433", "real host-loopback", facts);
    check(other, "udp-send", SENTINEL, "real host-loopback", facts);
  });

  it("is not opened by allowedHosts, nor by counting", () => {
    const policy = policyOf({ hosts: ["*", "127.255.255.254"], egress: "count" });
    check(policy, "tcp-connect", SENTINEL, "deny host-loopback-disabled");
    check(
      { ...policy, hostLoopback: true },
      "tcp-connect",
      SENTINEL,
      "deny host-loopback-not-granted",
    );
  });

  it("acts on the machine's loopback, and names the grant", () => {
    const decision = decide(policyOf(GRANTED), "tcp-connect", addressOf(SENTINEL), NO_FACTS);
    assert.ok(decision.tag === "allow");
    assert.equal(decision.address.address, "127.0.0.1");
    assert.equal(decision.address.port, 5432);
    assert.equal(decision.grant?.origin, "ports:0");
  });

  it("knows the sentinel in the form that IPv6 sockets have for it, and in no other", () => {
    check(policyOf(GRANTED), "tcp-connect", "[::ffff:127.255.255.254]:5432", "real host-loopback");
    for (const address of [
      "64:ff9b::127.255.255.254",
      "2002:7fff:fffe::",
      "::127.255.255.254",
      "::ffff:0:127.255.255.254",
    ]) {
      check(policyOf(GRANTED), "tcp-connect", `[${address}]:5432`, "deny own-address");
    }
  });
});
