/**
 * Whether a guest may look up a name.
 *
 * 1. An IP address is no name; it is its own answer.
 * 2. What is no host name is not handed to a resolver, which might read it as an address.
 * 3. The internal zone is answered by the host, before any list.
 * 4. `allowedIpNameLookups` opens other names; it is closed where it is empty. `egress: count` lets them out.
 *
 * Each answer is judged when it is known (`decide-resolved.ts`).
 */
import { allowsLookup } from "./allowed-name.ts";
import type { Denial } from "./decision.ts";
import { toHostName } from "./host-name.ts";
import { resolveInternalName } from "./internal-name.ts";
import { formatIp, parseIp } from "./ip.ts";
import type { ResolvableName } from "./decide-resolved.ts";
import type { Policy } from "./policy.ts";
import type { Rule } from "./rule.ts";

export type LookupDecision =
  /** The host knows the answer itself, without a resolver, in the order of preference. */
  | {
      readonly tag: "known";
      readonly rule: Rule;
      readonly addresses: readonly [string, ...string[]];
    }
  /** Resolve `name`, which is not the guest's spelling of it, and ask `decideResolved` about each answer. */
  | ResolvableName
  /** `invalid-name`, `unknown-internal-name` (nobody has it) or `lookup-not-allowed`. */
  | Denial;

/** Decides about a name in the spelling of the guest. Pure. */
export function decideLookup(policy: Policy, text: string): LookupDecision {
  const ip = parseIp(text);
  if (ip !== undefined) {
    return { tag: "known", rule: "literal-address", addresses: [formatIp(ip)] };
  }
  const name = toHostName(text);
  if (name === undefined) return invalidName(text);
  const internal = resolveInternalName(name);
  if (internal?.tag === "unknown") return unknownInternalName(name);
  if (internal !== undefined) {
    return { tag: "known", rule: "internal-name", addresses: internal.addresses };
  }
  const grant = policy.allowedNames.find((entry) => allowsLookup(entry, name));
  if (grant !== undefined) return { tag: "resolve", name, rule: "lookup-allowed", grant };
  const denial: Denial = {
    tag: "deny",
    rule: "lookup-not-allowed",
    reason: `No entry of allowedIpNameLookups grants looking up ${name}`,
  };
  if (policy.egress === "enforce") return denial;
  return { tag: "resolve", name, rule: denial.rule, counted: denial };
}

export function invalidName(text: string): Denial {
  const quoted = JSON.stringify(text.length > QUOTED_MAX ? `${text.slice(0, QUOTED_MAX)}…` : text);
  return {
    tag: "deny",
    rule: "invalid-name",
    reason: `${quoted} is neither a host name nor an IP address`,
  };
}

export function unknownInternalName(name: string): Denial {
  return {
    tag: "deny",
    rule: "unknown-internal-name",
    reason: `Nobody has the name ${name}, and names of this zone are not looked up elsewhere`,
  };
}

/** Enough of a guest's text for a person to recognise it. */
const QUOTED_MAX = 80;
