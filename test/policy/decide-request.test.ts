import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { decideRequest, type RequestTarget } from "../../policy/decide-request.ts";
import { decideResolved } from "../../policy/decide-resolved.ts";
import { type Facts, NO_FACTS } from "../../policy/facts.ts";
import { addressOf, describeDecision, factsOf, policyOf, type PolicySpec } from "./check.ts";

describe("decideRequest", () => {
  it("resolves every name where there is no allow-list, and none with an empty one", () => {
    check({}, "https://example.com", "resolve example.com no-allow-list");
    check({ hosts: [] }, "https://example.com", "deny not-allowed");
  });

  it("asks the allow-list for name, scheme and port", () => {
    const spec = { hosts: ["https://api.example.com", "*.example.org:8080", "db"] };
    check(spec, "https://api.example.com", "resolve api.example.com allowed-host");
    check(spec, "https://API.example.com.", "resolve api.example.com allowed-host");
    check(spec, "http://api.example.com", "deny not-allowed");
    check(spec, "http://www.example.org:8080", "resolve www.example.org allowed-host");
    check(spec, "http://www.example.org", "deny not-allowed");
    check(spec, "http://db:1234", "resolve db allowed-host");
    check({ hosts: ["*"] }, "http://anything", "resolve anything allowed-host");
  });

  it("does not care for allowedIpNameLookups, which is for sockets", () => {
    check({ hosts: [], lookups: ["*", "example.com"] }, "http://example.com", "deny not-allowed");
  });

  it("judges an address as a connection to it", () => {
    check({}, "http://93.184.216.34", "real no-allow-list");
    check({}, "http://[2606:4700::1]", "real no-allow-list");
    check({ hosts: ["http://1.1.1.1"] }, "http://1.1.1.1", "real allowed-host");
    check({ hosts: ["http://1.1.1.1"] }, "https://1.1.1.1", "deny not-allowed");
    check({ hosts: ["*"] }, "http://169.254.169.254", "deny special-range");
    check({ hosts: ["*"] }, "http://[::ffff:169.254.169.254]", "deny special-range");
    check({ hosts: ["*"] }, "http://[64:ff9b::169.254.169.254]", "deny special-range");
    check({ hosts: ["*"] }, "http://0.0.0.0:8000", "deny own-address");
    check({ hosts: ["*"] }, "http://[::]", "deny own-address");
    check({ denyPrivate: true }, "http://10.0.0.1", "deny private-range");
  });

  it("reaches the workload itself by address and by name, on its own network", () => {
    const spec = { hosts: [] };
    check(spec, "http://127.0.0.1:8080", "virtual loopback-is-virtual");
    check(spec, "http://[::1]:8080", "virtual loopback-is-virtual");
    const both = "virtual loopback-is-virtual, virtual loopback-is-virtual";
    check(spec, "http://localhost:8080", both);
    check(spec, "http://service.wasmcloud.internal:8080", both);
    check(spec, "http://db.svc.wasmcloud.internal:8080", both);
  });

  it("reaches the machine by its name only, with both grants", () => {
    const url = "http://host.wasmcloud.internal:8080";
    check({ hosts: ["*"] }, url, "deny host-loopback-disabled");
    check({ hosts: ["*"], hostLoopback: true }, url, "deny host-loopback-not-granted");
    check({ hosts: [], hostLoopback: true, ports: ["8080"] }, url, "real host-loopback");
    const facts = factsOf({ isOwnPort: () => true });
    check({ hostLoopback: true, ports: ["8080"] }, url, "deny host-owned-port", facts);
  });

  it("takes no number and no part of a URL for a host", () => {
    for (const host of [
      "2852039166",
      "0xa9fea9fe",
      "127.1",
      "a b",
      "",
      "a@b",
      "a/b",
      "fe80::1%eth0",
    ]) {
      const target = { scheme: "http", host, port: 80 } as const;
      assert.equal(describeRequest({ hosts: ["*"] }, target), "deny invalid-name", host);
    }
    check({ hosts: ["*"] }, "http://nobody.wasmcloud.internal", "deny unknown-internal-name");
  });

  it("lets out and counts what it would deny, where the manifest says so", () => {
    const spec: PolicySpec = { hosts: [], egress: "count" };
    check(spec, "http://example.com", "resolve example.com counted not-allowed");
    check(spec, "http://1.1.1.1", "real counted not-allowed");
  });
});

describe("decideResolved", () => {
  const request = { tag: "resolve", name: "example.com", rule: "allowed-host" } as const;
  const judge = (spec: PolicySpec, address: string, facts: Facts = NO_FACTS): string =>
    describeDecision(decideResolved(policyOf(spec), request, addressOf(address), facts));

  it("allows what an allowed name resolved to, and acts on that address", () => {
    assert.equal(judge({ hosts: ["example.com"] }, "93.184.216.34"), "real allowed-host");
    const address = addressOf("[2606:4700::1]:443");
    const decision = decideResolved(policyOf(), request, address, NO_FACTS);
    assert.equal(decision.tag === "allow" && decision.address, address);
  });

  it("lets no name lead to a closed range, to the machine or into the workload", () => {
    for (const address of [
      "169.254.169.254",
      "[::ffff:169.254.169.254]",
      "224.0.0.1",
      "[fe80::1]",
    ]) {
      assert.equal(judge({}, address), "deny special-range", address);
    }
    for (const address of [
      "127.0.0.1",
      "[::1]",
      "127.255.255.254",
      "0.0.0.0",
      "[::ffff:127.0.0.1]",
    ]) {
      assert.equal(
        judge({ hostLoopback: true, ports: ["80"] }, address),
        "deny own-address",
        address,
      );
      assert.equal(judge({ egress: "count" }, address), "deny own-address", address);
    }
    assert.equal(judge({ denyPrivate: true }, "10.0.0.1"), "deny private-range");
    const own = factsOf({ isOwnAddress: (address) => address === "93.184.216.34" });
    assert.equal(judge({}, "93.184.216.34", own), "deny own-address");
  });

  it("counts what a name leads to, where the manifest says so", () => {
    assert.equal(judge({ egress: "count" }, "169.254.169.254"), "real counted special-range");
  });

  it("keeps what the name was counted for", () => {
    const counted = { tag: "deny", rule: "not-allowed", reason: "" } as const;
    const name = { tag: "resolve", name: "example.com", rule: "not-allowed", counted } as const;
    const policy = policyOf({ hosts: [], egress: "count" });
    const decision = decideResolved(policy, name, addressOf("93.184.216.34"), NO_FACTS);
    assert.equal(describeDecision(decision), "real counted not-allowed");
  });
});

function check(spec: PolicySpec, url: string, expected: string, facts: Facts = NO_FACTS): void {
  assert.equal(describeRequest(spec, toTarget(url), facts), expected, url);
}

function toTarget(url: string): RequestTarget {
  const [, scheme, host = "", port] = /^(https?):\/\/(.*?)(?::(\d+))?$/.exec(url) ?? [];
  return scheme === "https"
    ? { scheme, host, port: Number(port ?? 443) }
    : { scheme: "http", host, port: Number(port ?? 80) };
}

function describeRequest(spec: PolicySpec, target: RequestTarget, facts: Facts = NO_FACTS): string {
  const decision = decideRequest(policyOf(spec), target, facts);
  switch (decision.tag) {
    case "deny":
      return `deny ${decision.rule}`;
    case "known":
      return decision.decisions.map(describeDecision).join(", ");
    case "resolve":
      return `resolve ${decision.name}${decision.counted === undefined ? "" : " counted"} ${decision.rule}`;
  }
}
