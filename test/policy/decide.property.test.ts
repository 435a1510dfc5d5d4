import assert from "node:assert/strict";
import { SocketAddress } from "node:net";
import {
  type Arbitrary,
  array,
  assert as assertProperty,
  boolean,
  constant,
  constantFrom,
  integer,
  oneof,
  option,
  pre,
  property,
  record,
  tuple,
} from "fast-check";
import { describe, it } from "mocha";
import { decide } from "../../policy/decide.ts";
import type { Policy, SocketUse } from "../../policy/policy.ts";
import { embeddingsOf, ipv4Texts, ipv6Texts } from "./arbitrary.ts";
import { addressOf, factsOf, policyOf } from "./check.ts";
import { isOrdinary, plainAllows, type PlainEntry, type PlainPolicy } from "./plain-policy.ts";

const texts = oneof(
  ipv4Texts,
  ipv6Texts,
  constantFrom("127.0.0.1", "::1", "0.0.0.0", "::", "127.255.255.254", "::ffff:127.255.255.254"),
);
const ports = constantFrom(1, 80, 443, 5432, 65_535);
const uses = constantFrom<SocketUse>("tcp-bind", "tcp-connect", "udp-bind", "udp-send");
const ranges = oneof(
  constant(undefined),
  tuple(ipv4Texts, integer({ min: 0, max: 32 })).map((parts) => parts.join("/")),
  constantFrom("::/0", "2000::/3", "fd00::/8", "2600::/16", "64:ff9b:1::/48", "fe80::/10"),
);
const entries: Arbitrary<PlainEntry> = record({
  range: ranges,
  port: option(ports, { nil: undefined }),
}).map(({ range, port }) => ({ range, port: range === undefined ? undefined : port }));
const policies: Arbitrary<PlainPolicy> = record({
  guest: constantFrom("service", "component"),
  counts: boolean(),
  hosts: option(array(entries, { maxLength: 4 }), { nil: undefined }),
  ports: array(record({ protocol: constantFrom("tcp", "udp"), port: ports }), {
    maxLength: 2,
  }),
  hostLoopback: boolean(),
  denyPrivate: boolean(),
  own: array(oneof(ipv4Texts, constant("2600::1")), { maxLength: 2 }),
  ownPorts: array(ports, { maxLength: 1 }),
});

const runs = { numRuns: 5000 };

describe("decide, against a plain enumeration of its table", () => {
  it("never allows what the enumeration denies", () => {
    assertProperty(
      property(policies, uses, texts, ports, (plain, use, text, port) => {
        if (allows(plain, use, text, port)) assert.ok(plainAllows(plain, use, text, port));
      }),
      runs,
    );
  });

  it("never denies what the enumeration allows, of addresses that are given out and stand for themselves", () => {
    assertProperty(
      property(policies, uses, texts, ports, (plain, use, text, port) => {
        pre(isOrdinary(text));
        assert.equal(allows(plain, use, text, port), plainAllows(plain, use, text, port));
      }),
      runs,
    );
  });

  it("refuses every form of a special IPv4 address, whatever is granted", () => {
    const special = [
      ..."169.254.169.254 168.63.129.16 100.100.100.200 127.0.0.1 127.255.255.253".split(" "),
      ..."0.0.0.0 0.0.0.2 169.254.0.0 192.0.0.192 192.0.2.1 198.18.0.1 198.51.100.1".split(" "),
      ..."203.0.113.1 192.88.99.1 224.0.0.1 240.0.0.1 255.255.255.255".split(" "),
    ];
    const lists = [undefined, ["*"], ["0.0.0.0/0", "::/0", ...special]];
    for (const address of special) {
      for (const text of embeddingsOf(address)) {
        for (const hosts of lists) {
          for (const use of ["tcp-connect", "udp-send"] as const) {
            const { tag } = decide(policyOf({ hosts }), use, addressOf(`[${text}]`), factsOf({}));
            assert.equal(tag, "deny", `${text}, a form of ${address}`);
          }
        }
      }
    }
  });

  it("keeps every form of the machine closed, even where it only counts", () => {
    const facts = factsOf({ isOwnAddress: (address) => address === "203.0.114.1" });
    const policy = policyOf({ egress: "count", hosts: ["*"] });
    for (const address of ["127.0.0.1", "0.0.0.0", "0.1.2.3", "203.0.114.1"]) {
      for (const text of embeddingsOf(address)) {
        const { tag, rule } = decide(policy, "tcp-connect", addressOf(`[${text}]`), facts);
        // Of these two no machine makes IPv4 connections, unless a tunnel was set up.
        const isTunnel = text.startsWith("2001:0:") || text.startsWith("64:ff9b:1:");
        assert.deepEqual(
          [text, tag, rule],
          isTunnel ? [text, tag, rule] : [text, "deny", "own-address"],
        );
      }
    }
  });

  it("gives the same decision for a copy of the policy, as another thread has it", () => {
    assertProperty(
      property(policies, uses, texts, ports, (plain, use, text, port) => {
        const policy = toPolicy(plain);
        const address = toAddress(text, port);
        const copy: Policy = structuredClone(policy);
        assert.deepEqual(copy, policy);
        const [first, second] = [policy, copy].map((each) =>
          decide(each, use, address, factsOf({})),
        );
        assert.equal(first?.tag, second?.tag);
        assert.equal(first?.rule, second?.rule);
      }),
    );
  });
});

function allows(plain: PlainPolicy, use: SocketUse, text: string, port: number): boolean {
  const facts = factsOf({
    isOwnAddress: (address) => plain.own.includes(address),
    isOwnPort: (_protocol, own) => plain.ownPorts.includes(own),
  });
  return decide(toPolicy(plain), use, toAddress(text, port), facts).tag === "allow";
}

function toPolicy({ guest, counts, hosts, ports, hostLoopback, denyPrivate }: PlainPolicy): Policy {
  return policyOf({
    guest,
    egress: counts ? "count" : "enforce",
    hosts: hosts?.map(({ range = "*", port }) => {
      const host = range.includes(":") ? `[${range}]` : range;
      return port === undefined ? host : `${host}:${port}`;
    }),
    ports: ports.map(({ protocol, port }) => `${port}/${protocol}`),
    hostLoopback,
    denyPrivate,
  });
}

function toAddress(text: string, port: number): SocketAddress {
  return new SocketAddress({
    address: text,
    family: text.includes(":") ? "ipv6" : "ipv4",
    port,
  });
}
