import assert from "node:assert/strict";
import { isIP, SocketAddress } from "node:net";
import { parseAllowedHost } from "../../policy/allowed-host.ts";
import { parseAllowedName } from "../../policy/allowed-name.ts";
import { decide } from "../../policy/decide.ts";
import type { Decision } from "../../policy/decision.ts";
import { type Facts, NO_FACTS } from "../../policy/facts.ts";
import { parseLoopbackGrant } from "../../policy/loopback-grant.ts";
import { defaultPolicy, type Policy, type SocketUse } from "../../policy/policy.ts";
import type { Rule } from "../../policy/rule.ts";

/** A policy in the words of a manifest, and of the host's flags. */
export interface PolicySpec extends Partial<
  Pick<Policy, "guest" | "egress" | "hostLoopback" | "denyPrivate" | "origins">
> {
  readonly hosts?: readonly string[] | undefined;
  readonly lookups?: readonly string[];
  readonly ports?: readonly string[];
}

/** The policy of a component unless told otherwise; the place of an entry is its list and its index. */
export function policyOf({ hosts, lookups = [], ports = [], ...rest }: PolicySpec = {}): Policy {
  return {
    ...defaultPolicy("component"),
    ...rest,
    allowedHosts: hosts?.map((text, index) => read(parseAllowedHost, text, `hosts:${index}`)),
    allowedNames: lookups.map((text, index) => read(parseAllowedName, text, `lookups:${index}`)),
    loopbackGrants: ports.map((text, index) => read(parseLoopbackGrant, text, `ports:${index}`)),
  };
}

/** Facts of which all but these are those of a machine of which nothing is known. */
export function factsOf(facts: Partial<Facts>): Facts {
  return { ...NO_FACTS, ...facts };
}

/** `10.0.0.1:80` or `[::1]:80`; port 80 where none is written. */
export function addressOf(text: string): SocketAddress {
  const [, six, four, port = "80"] = /^(?:\[(.*)\]|([^:]*))(?::(\d+))?$/.exec(text) ?? [];
  const address = six ?? four ?? text;
  const family = isIP(address) === 6 ? "ipv6" : "ipv4";
  return new SocketAddress({ address, family, port: Number(port) });
}

/** What became of an address: `deny RULE`, or the plane, `counted` where it is only that, and the rule. */
export function describeDecision(decision: Decision): string {
  if (decision.tag === "deny") return `deny ${decision.rule}`;
  return `${decision.plane}${decision.counted === undefined ? "" : " counted"} ${decision.rule}`;
}

/** What a use of an address ends in: the plane, or `deny`, and `counted` behind it. */
export type Expected = `${"virtual" | "real" | "real counted" | "deny"} ${Rule}`;

/** Asserts what `policy` decides about each of the addresses. */
export function check(
  policy: Policy,
  use: SocketUse,
  addresses: string | readonly string[],
  expected: Expected,
  facts: Facts = NO_FACTS,
): void {
  for (const text of [addresses].flat()) {
    const decision = decide(policy, use, addressOf(text), facts);
    assert.equal(describeDecision(decision), expected, `${use} ${text}`);
  }
}

function read<T>(
  parse: (text: string, origin: string) => T | undefined,
  text: string,
  origin: string,
): T {
  const entry = parse(text, origin);
  assert.ok(entry !== undefined, `${text} is no entry`);
  return entry;
}
