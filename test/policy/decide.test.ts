import assert from "node:assert/strict";
import { SocketAddress } from "node:net";
import { describe, it } from "mocha";
import { decide } from "../../policy/decide.ts";
import type { GuestKind, SocketUse } from "../../policy/policy.ts";
import type { Rule } from "../../policy/rule.ts";

describe("decide", () => {
  describe("a component", () => {
    const check = checker("component");
    it("connects to the loopback of its workload", () => {
      check("tcp-connect", "127.0.0.1", "virtual", "loopback-is-virtual");
      check("tcp-connect", "127.255.0.9", "virtual", "loopback-is-virtual");
      check("tcp-connect", "::1", "virtual", "loopback-is-virtual");
    });
    it("may not listen on any address", () => {
      for (const address of ["127.0.0.1", "0.0.0.0", "::1", "::", "10.0.0.1", "2001:db8::1"]) {
        check("tcp-bind", address, "deny", "component-may-not-listen");
      }
    });
    it("reaches nothing outside its workload", () => {
      for (const address of OUTSIDE) check("tcp-connect", address, "deny", "leaves-the-workload");
    });
  });

  describe("a service", () => {
    const check = checker("service");
    it("listens on its own loopback", () => {
      check("tcp-bind", "127.0.0.1", "virtual", "loopback-is-virtual");
      check("tcp-bind", "127.3.2.1", "virtual", "loopback-is-virtual");
      check("tcp-bind", "::1", "virtual", "loopback-is-virtual");
    });
    it("gets loopback when it binds the unspecified address", () => {
      check("tcp-bind", "0.0.0.0", "virtual", "unspecified-bind-is-loopback", "127.0.0.1");
      check("tcp-bind", "::", "virtual", "unspecified-bind-is-loopback", "::1");
    });
    it("may not bind an address of the machine", () => {
      for (const address of OUTSIDE) check("tcp-bind", address, "deny", "bind-outside-loopback");
    });
    it("reaches nothing outside its workload", () => {
      for (const address of OUTSIDE) check("tcp-connect", address, "deny", "leaves-the-workload");
    });
  });

  it("keeps the port of a bind that it rewrites", () => {
    const decision = decide({ guest: "service" }, "tcp-bind", toAddress("0.0.0.0", 7777));
    assert.equal(decision.tag === "allow" && decision.address.port, 7777);
  });

  it("names the address in the reason of a denial", () => {
    const decision = decide({ guest: "service" }, "tcp-connect", toAddress("169.254.169.254"));
    assert.ok(decision.tag === "deny" && decision.reason.includes("169.254.169.254"));
  });
});

const OUTSIDE = [
  "10.0.0.1",
  "93.184.216.34",
  "169.254.169.254",
  "255.255.255.255",
  "2001:db8::1",
  "fe80::1",
  "::ffff:10.0.0.1",
];

type Check = (
  use: SocketUse,
  address: string,
  outcome: "virtual" | "deny",
  rule: Rule,
  rewritten?: string,
) => void;

function checker(guest: GuestKind): Check {
  return (use, text, outcome, rule, rewritten = text) => {
    const decision = decide({ guest }, use, toAddress(text));
    assert.equal(decision.rule, rule, `${use} ${text}`);
    assert.equal(decision.tag === "allow" ? decision.plane : decision.tag, outcome);
    if (decision.tag === "allow") assert.equal(decision.address.address, rewritten);
  };
}

function toAddress(address: string, port = 7777): SocketAddress {
  return new SocketAddress({ address, port, family: address.includes(":") ? "ipv6" : "ipv4" });
}
