import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { decideLookup, type LookupDecision } from "../../policy/decide-lookup.ts";
import { policyOf, type PolicySpec } from "./check.ts";

describe("decideLookup", () => {
  it("refuses every name where nothing is listed", () => {
    check({}, "example.com", "deny lookup-not-allowed");
    check({ hosts: ["*"] }, "example.com", "deny lookup-not-allowed");
  });

  it("allows the names that are listed, in any spelling, and resolves the one that was judged", () => {
    const spec = { lookups: ["example.com", "*.example.org", "bücher.de"] };
    for (const text of ["example.com", "EXAMPLE.com", "example.com.", "ｅxample。com"]) {
      check(spec, text, "resolve example.com lookup-allowed");
    }
    check(spec, "a.b.example.org", "resolve a.b.example.org lookup-allowed");
    check(spec, "BÜCHER.de", "resolve xn--bcher-kva.de lookup-allowed");
    for (const text of ["www.example.com", "example.org", "example.com.evil", "xexample.com"]) {
      check(spec, text, "deny lookup-not-allowed");
    }
  });

  it("answers an address with itself", () => {
    check({}, "192.0.2.1", "known 192.0.2.1 literal-address");
    check({}, "2001:DB8::1", "known 2001:db8::1 literal-address");
  });

  it("answers the internal zone in any spelling, before any list and without a resolver", () => {
    for (const lookups of [[], ["*"]]) {
      check({ lookups }, "localhost", "known 127.0.0.1,::1 internal-name");
      check({ lookups }, "ＬOCALHOST.", "known 127.0.0.1,::1 internal-name");
      check({ lookups }, "service.wasmcloud.internal", "known 127.0.0.1,::1 internal-name");
      check({ lookups }, "Host.WasmCloud.Internal.", "known 127.255.255.254 internal-name");
      check({ lookups }, "other.wasmcloud.internal", "deny unknown-internal-name");
      check({ lookups, egress: "count" }, "wasmcloud.internal", "deny unknown-internal-name");
    }
  });

  it("hands no resolver what it would read as an address", () => {
    const spec: PolicySpec = { lookups: ["*"], egress: "count" };
    for (const text of [
      "127.1",
      "2130706433",
      "0x7f.0x1",
      "169.254.169.254.",
      "0251.0376.0251.0376",
    ]) {
      check(spec, text, "deny invalid-name");
    }
    for (const text of ["", "a b", "a/b", "fe80::1%eth0", "[::1]", "a:80", "\0"]) {
      check(spec, text, "deny invalid-name");
    }
  });

  it("lets a name out and counts it, where the manifest says so", () => {
    const spec: PolicySpec = { egress: "count", lookups: ["example.com"] };
    check(spec, "example.org", "resolve example.org counted lookup-not-allowed");
    check(spec, "example.com", "resolve example.com lookup-allowed");
  });

  it("names the entry that granted", () => {
    const decision = decideLookup(policyOf({ lookups: ["a.b", "*.b"] }), "c.b");
    assert.ok(decision.tag === "resolve");
    assert.equal(decision.grant?.origin, "lookups:1");
  });

  it("quotes no more of a guest's text than a line holds", () => {
    const decision = decideLookup(policyOf(), "\u001b[2J".repeat(100_000));
    assert.ok(decision.tag === "deny");
    assert.ok(decision.reason.length < 600);
    assert.ok(!decision.reason.includes("\u001b"));
  });
});

function check(spec: PolicySpec, text: string, expected: string): void {
  assert.equal(describeLookup(decideLookup(policyOf(spec), text)), expected, JSON.stringify(text));
}

function describeLookup(decision: LookupDecision): string {
  switch (decision.tag) {
    case "deny":
      return `deny ${decision.rule}`;
    case "known":
      return `known ${decision.addresses.join(",")} ${decision.rule}`;
    case "resolve":
      return `resolve ${decision.name}${decision.counted === undefined ? "" : " counted"} ${decision.rule}`;
  }
}
