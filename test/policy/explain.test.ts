import assert from "node:assert/strict";
import {
  type Arbitrary,
  assert as assertProperty,
  boolean,
  constantFrom,
  oneof,
  property,
  record,
  tuple,
} from "fast-check";
import { describe, it } from "mocha";
import { applyChange, type Change } from "../../policy/change.ts";
import { explain } from "../../policy/explain.ts";
import { type Facts, NO_FACTS } from "../../policy/facts.ts";
import type { Question } from "../../policy/question.ts";
import { ipv4Texts, ipv6Texts } from "./arbitrary.ts";
import { addressOf, factsOf, policyOf, type PolicySpec } from "./check.ts";

const ORIGINS = {
  guest: "m.yaml:1:1",
  egress: "m.yaml:2:1",
  allowedHosts: "m.yaml:3:1",
  allowedIpNameLookups: "m.yaml:4:1",
  allowedHostLoopbackPorts: "m.yaml:5:1",
};

describe("explain", () => {
  const all: PolicySpec = { hosts: [], lookups: ["*.example.org"], ports: [], origins: ORIGINS };

  /** A question, what is told of it, where it is written, and the changes that would do. */
  const cases: readonly (readonly [string, PolicySpec, Question, string, ...string[]])[] = [
    [
      "an entry that grants",
      { ...all, hosts: ["1.1.1.1"] },
      connect("1.1.1.1"),
      "allow allowed-host hosts:0",
    ],
    [
      "a list without the address",
      all,
      connect("10.0.0.1:5432"),
      "deny not-allowed m.yaml:3:1",
      'allowedHosts: "10.0.0.1:5432"',
    ],
    [
      "an IPv6 address",
      all,
      connect("[2600::1]:443"),
      "deny not-allowed m.yaml:3:1",
      'allowedHosts: "[2600::1]:443"',
    ],
    [
      "an address in another's form",
      all,
      connect("[::ffff:10.0.0.1]:5432"),
      "deny not-allowed m.yaml:3:1",
      'allowedHosts: "10.0.0.1:5432"',
    ],
    [
      "no list at all",
      { origins: { guest: "m.yaml:1:1" } },
      connect("1.1.1.1"),
      "allow no-allow-list m.yaml:1:1",
    ],
    ["the workload itself", all, connect("127.0.0.1"), "allow loopback-is-virtual -"],
    ["what nothing opens", all, connect("169.254.169.254"), "deny special-range -"],
    [
      "a private address, twice closed",
      { ...all, denyPrivate: true },
      connect("10.0.0.1"),
      "deny private-range -",
      "without --deny-private-ranges",
      'allowedHosts: "10.0.0.1:80"',
    ],
    [
      "what is only counted",
      { ...all, egress: "count" },
      connect("1.1.1.1:53"),
      "counted not-allowed m.yaml:2:1",
      'allowedHosts: "1.1.1.1:53"',
    ],
    [
      "the machine by an address of its own",
      all,
      connect("0.0.0.0:5432"),
      "deny own-address -",
      "Have the guest use host.wasmcloud.internal",
      "with --allow-host-loopback",
      'allowedHostLoopbackPorts: "5432/tcp"',
    ],
    [
      "the machine by its name",
      { ...all, hostLoopback: true },
      dial("host.wasmcloud.internal", 5432),
      "deny host-loopback-not-granted m.yaml:5:1",
      'allowedHostLoopbackPorts: "5432/tcp"',
    ],
    [
      "the machine over UDP",
      { ...all, ports: ["53/tcp"] },
      { use: "udp-send", name: "host.wasmcloud.internal", port: 53 },
      "deny host-loopback-disabled -",
      "with --allow-host-loopback",
      'allowedHostLoopbackPorts: "53/udp"',
    ],
    [
      "the service by its name",
      all,
      dial("service.wasmcloud.internal", 80),
      "allow loopback-is-virtual -",
    ],
    [
      "a name that may not be looked up",
      all,
      dial("db.example.com", 5432),
      "deny lookup-not-allowed m.yaml:4:1",
      'allowedIpNameLookups: "db.example.com"',
    ],
    ["a name that may be", all, dial("db.example.org", 5432), "allow allowed-name lookups:0"],
    ["a name where all is open", { lookups: ["a.b"] }, dial("a.b", 5432), "allow no-allow-list -"],
    [
      "a name that any lookup may be of",
      { ...all, lookups: ["*"] },
      dial("DB.example.com", 5432),
      "deny not-allowed m.yaml:3:1",
      'allowedHosts: "db.example.com:5432"',
    ],
    [
      "another port of a name",
      { ...all, hosts: ["db.example.com:1"] },
      dial("db.example.com", 2),
      "deny lookup-not-allowed m.yaml:4:1",
      'allowedIpNameLookups: "db.example.com"',
      'allowedHosts: "db.example.com:2"',
    ],
    [
      "a lookup",
      all,
      lookup("Example.com."),
      "deny lookup-not-allowed m.yaml:4:1",
      'allowedIpNameLookups: "example.com"',
    ],
    ["a lookup that is allowed", all, lookup("a.example.org"), "allow lookup-allowed lookups:0"],
    ["a lookup of the zone", all, lookup("localhost"), "allow internal-name -"],
    [
      "a lookup of nobody",
      all,
      lookup("nobody.wasmcloud.internal"),
      "deny unknown-internal-name -",
    ],
    ["a lookup of a number", all, lookup("2852039166"), "deny invalid-name -"],
    [
      "a request",
      all,
      http("api.example.com"),
      "deny not-allowed m.yaml:3:1",
      'allowedHosts: "https://api.example.com"',
    ],
    [
      "a request to another port",
      all,
      http("API.example.com", 8443),
      "deny not-allowed m.yaml:3:1",
      'allowedHosts: "https://api.example.com:8443"',
    ],
    [
      "a request to an address",
      all,
      http("[2600::1]", 8443),
      "deny not-allowed m.yaml:3:1",
      'allowedHosts: "https://[2600::1]:8443"',
    ],
    [
      "a request that is allowed",
      { hosts: ["https://a"] },
      http("a"),
      "allow allowed-host hosts:0",
    ],
    [
      "a component that listens",
      all,
      { use: "tcp-bind", address: addressOf("127.0.0.1") },
      "deny component-may-not-listen m.yaml:1:1",
      "Listen in the service of the workload",
    ],
    [
      "a bind to the machine",
      all,
      { use: "udp-bind", address: addressOf("10.0.0.1") },
      "deny bind-outside-loopback -",
      "Bind 127.0.0.1 or 0.0.0.0",
    ],
  ];
  for (const [what, spec, question, expected, ...changes] of cases) {
    it(`explains ${what}`, () => check(spec, question, expected, changes));
  }

  it("takes the place of the guest for that of a list which is not there", () => {
    const spec: PolicySpec = { hosts: [], origins: { guest: "m.yaml:1:1" } };
    const changes = ['allowedIpNameLookups: "a.b"'];
    check(spec, lookup("a.b"), "deny lookup-not-allowed m.yaml:1:1", changes);
  });

  it("asks for the name where the guest looked the address up", () => {
    const facts = factsOf({ namesOf: () => ["db.example.com"] });
    const changes = ['allowedHosts: "db.example.com:5432"'];
    check(all, connect("10.0.0.1:5432"), "deny not-allowed m.yaml:3:1", changes, facts);
  });

  it("offers nothing for a port that the host itself listens on", () => {
    const facts = factsOf({ isOwnPort: (_protocol, port) => port === 8000 });
    check(all, dial("host.wasmcloud.internal", 8000), "deny host-owned-port -", [], facts);
    check(all, connect("0.0.0.0:8000"), "deny own-address -", [], facts);
  });

  it("names changes that make the answer yes, and no more of them than it takes", () => {
    const specs: Arbitrary<PolicySpec> = record({
      egress: constantFrom("enforce", "count"),
      hosts: constantFrom(undefined, [], ["10.0.0.0/8:80"], ["a.example.com:80"]),
      lookups: constantFrom([], ["*"], ["*.example.com"]),
      ports: constantFrom([], ["80"]),
      hostLoopback: boolean(),
      denyPrivate: boolean(),
    });
    const port = constantFrom(80, 443);
    const name = constantFrom("a.example.com", "B.example.org.", "host.wasmcloud.internal");
    const questions: Arbitrary<Question> = oneof(
      tuple(
        constantFrom("tcp-connect" as const, "udp-send" as const),
        oneof(ipv4Texts, ipv6Texts),
        port,
      ).map(([use, text, at]): Question => ({ use, address: addressOf(`[${text}]:${at}`) })),
      tuple(constantFrom("tcp-connect" as const, "udp-send" as const), name, port).map(
        ([use, text, at]): Question => ({ use, name: text, port: at }),
      ),
      name.map((text): Question => ({ use: "lookup", name: text })),
      tuple(constantFrom("http" as const, "https" as const), oneof(name, ipv4Texts), port).map(
        ([scheme, host, at]): Question => ({
          use: "http",
          target: { scheme, host, port: at },
        }),
      ),
    );
    assertProperty(
      property(specs, questions, (spec, question) => {
        const policy = policyOf(spec);
        const { outcome, changes } = explain(policy, question, NO_FACTS);
        if (outcome === "allow") assert.deepEqual(changes, []);
        if (changes.length === 0 || changes.some(({ tag }) => tag === "advice")) return;
        const withAll = changes.reduce(applyChange, policy);
        assert.equal(explain(withAll, question, NO_FACTS).outcome, "allow");
        for (const left of changes) {
          const others = changes.filter((change) => change !== left);
          const without = others.reduce(applyChange, policy);
          assert.notEqual(explain(without, question, NO_FACTS).outcome, "allow");
        }
      }),
      { numRuns: 2000 },
    );
  });
});

function check(
  spec: PolicySpec,
  question: Question,
  expected: string,
  changes: readonly string[],
  facts: Facts = NO_FACTS,
): void {
  const told = explain(policyOf(spec), question, facts);
  assert.equal(`${told.outcome} ${told.rule} ${told.place ?? "-"}`, expected);
  assert.deepEqual(told.changes.map(toText), changes);
  assert.match(told.reason, /^\S.*[^.]$/);
}

function toText(change: Change): string {
  switch (change.tag) {
    case "grant":
      return `${change.field}: "${change.entry}"`;
    case "flag":
      return `${change.isSet ? "with" : "without"} ${change.flag}`;
    case "advice":
      return change.text;
  }
}

function connect(text: string): Question {
  return { use: "tcp-connect", address: addressOf(text) };
}

function dial(name: string, port: number): Question {
  return { use: "tcp-connect", name, port };
}

function lookup(name: string): Question {
  return { use: "lookup", name };
}

function http(host: string, port: number = 443): Question {
  return { use: "http", target: { scheme: "https", host, port } };
}
