import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { decide } from "../../policy/decide.ts";
import { NO_FACTS } from "../../policy/facts.ts";
import { defaultPolicy } from "../../policy/policy.ts";
import { addressOf, check, factsOf, policyOf } from "./check.ts";

const LOOPBACK = ["127.0.0.1", "127.3.2.1", "127.255.255.253", "127.255.255.255", "[::1]"];
const UNSPECIFIED = ["0.0.0.0", "[::]"];
const OUTSIDE = [
  "10.0.0.1",
  "93.184.216.34",
  "169.254.169.254",
  "255.255.255.255",
  "0.0.0.1",
  "[2001:db8::1]",
  "[fe80::1]",
  "[::ffff:10.0.0.1]",
  "[::ffff:127.0.0.1]",
  "[::ffff:0.0.0.0]",
  "[64:ff9b::127.0.0.1]",
  "[::127.0.0.1]",
];

describe("decide", () => {
  describe("about a TCP bind", () => {
    it("refuses a component on any address", () => {
      const policy = policyOf({ guest: "component", hosts: ["*"], egress: "count" });
      check(policy, "tcp-bind", LOOPBACK, "deny component-may-not-listen");
      check(policy, "tcp-bind", UNSPECIFIED, "deny component-may-not-listen");
      check(policy, "tcp-bind", OUTSIDE, "deny component-may-not-listen");
    });

    it("gives a service loopback, for loopback and for the unspecified address", () => {
      const policy = policyOf({ guest: "service", hosts: [] });
      check(policy, "tcp-bind", LOOPBACK, "virtual loopback-is-virtual");
      check(policy, "tcp-bind", UNSPECIFIED, "virtual unspecified-bind-is-loopback");
    });

    it("refuses a service every address of the machine, whatever is granted", () => {
      const policy = policyOf({ guest: "service", hosts: ["*"], egress: "count" });
      check(policy, "tcp-bind", OUTSIDE, "deny bind-outside-loopback");
    });
  });

  describe("about a UDP bind", () => {
    it("gives service and component loopback, which they need to send", () => {
      for (const guest of ["service", "component"] as const) {
        const policy = policyOf({ guest, hosts: [] });
        check(policy, "udp-bind", LOOPBACK, "virtual loopback-is-virtual");
        check(policy, "udp-bind", UNSPECIFIED, "virtual unspecified-bind-is-loopback");
      }
    });

    it("refuses both every address of the machine, whatever is granted", () => {
      for (const guest of ["service", "component"] as const) {
        const policy = policyOf({ guest, hosts: ["*"], egress: "count" });
        check(policy, "udp-bind", OUTSIDE, "deny bind-outside-loopback");
      }
    });
  });

  it("rewrites an unspecified address to loopback of the same family and port", () => {
    for (const [asked, rewritten] of [
      ["0.0.0.0:7777", "127.0.0.1"],
      ["[::]:7777", "::1"],
    ] as const) {
      const decision = decide(defaultPolicy("service"), "tcp-bind", addressOf(asked), NO_FACTS);
      assert.ok(decision.tag === "allow");
      assert.equal(decision.address.address, rewritten);
      assert.equal(decision.address.port, 7777);
    }
  });

  it("lets nobody bind the address that stands for the machine", () => {
    const policy = policyOf({ guest: "service", hostLoopback: true, ports: ["80"] });
    for (const address of ["127.255.255.254", "[::ffff:127.255.255.254]"]) {
      check(policy, "tcp-bind", address, "deny bind-outside-loopback");
      check(policy, "udp-bind", address, "deny bind-outside-loopback");
    }
  });

  it("keeps loopback inside of the workload, whatever is granted and whatever is known", () => {
    const facts = factsOf({ isOwnAddress: () => true, isOwnPort: () => true });
    for (const policy of [
      policyOf(),
      policyOf({ hosts: [], denyPrivate: true }),
      policyOf({ hosts: ["*"], egress: "count", hostLoopback: true, ports: ["80"] }),
    ]) {
      check(policy, "tcp-connect", LOOPBACK, "virtual loopback-is-virtual", facts);
      check(policy, "udp-send", LOOPBACK, "virtual loopback-is-virtual", facts);
    }
  });

  it("acts on the address that it judged", () => {
    for (const text of ["127.0.0.1", "127.3.2.1", "[::1]", "93.184.216.34", "[2600::1]"]) {
      const address = addressOf(text);
      const decision = decide(policyOf(), "tcp-connect", address, NO_FACTS);
      assert.ok(decision.tag === "allow");
      assert.equal(decision.address, address);
    }
  });

  it("names the address in the reason of a denial", () => {
    const decision = decide(policyOf(), "tcp-connect", addressOf("169.254.169.254"), NO_FACTS);
    assert.ok(decision.tag === "deny" && decision.reason.includes("169.254.169.254"));
  });
});
