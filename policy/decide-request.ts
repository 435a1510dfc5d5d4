/**
 * Whether a guest may send an HTTP request, before its host is resolved.
 *
 * 1. A literal address is judged as a connection to it.
 * 2. Internal names mean the workload itself, or the machine through its sentinel.
 * 3. Other names need an entry of `allowedHosts` that names them, or no list at all. `egress: count` lets them out.
 *    Their addresses are judged again when they are known (`decide-resolved.ts`).
 */
import { formatAllowedHost, grantsHost, type HttpScheme } from "./allowed-host.ts";
import { decideRemote } from "./decide.ts";
import { invalidName, unknownInternalName } from "./decide-lookup.ts";
import type { ResolvableName } from "./decide-resolved.ts";
import type { Decision, Denial } from "./decision.ts";
import type { Facts } from "./facts.ts";
import { toHostName } from "./host-name.ts";
import { resolveInternalName } from "./internal-name.ts";
import { parseIp, withoutBrackets } from "./ip.ts";
import { toSocketAddress } from "./judged-address.ts";
import type { Policy } from "./policy.ts";

/** Where a request wants to go. */
export interface RequestTarget {
  readonly scheme: HttpScheme;
  /** Name or address in the spelling of the guest; an IPv6 address with or without brackets. */
  readonly host: string;
  /** The explicit port or the scheme's own. */
  readonly port: number;
}

export type RequestDecision =
  /** The addresses are known without a resolver; a decision about each, in the order of preference. */
  | { readonly tag: "known"; readonly decisions: readonly [Decision, ...Decision[]] }
  /** Resolve the name, ask `decideResolved` about each address, and connect to one that it allows. */
  | ResolvableName
  | Denial;

/** Decides about a request by the host that it names. Pure. */
export function decideRequest(
  policy: Policy,
  target: RequestTarget,
  facts: Facts,
): RequestDecision {
  const { scheme, port } = target;
  const host = withoutBrackets(target.host);
  const judge = (address: string): Decision => {
    const ip = parseIp(address);
    if (ip === undefined) return invalidName(address);
    return decideRemote(policy, "tcp", toSocketAddress(ip, port), scheme, facts);
  };
  if (parseIp(host) !== undefined) return { tag: "known", decisions: [judge(host)] };
  const name = toHostName(host);
  if (name === undefined) return invalidName(host);
  const internal = resolveInternalName(name);
  if (internal?.tag === "unknown") return unknownInternalName(name);
  if (internal !== undefined) {
    const [first, ...rest] = internal.addresses;
    return { tag: "known", decisions: [judge(first), ...rest.map(judge)] };
  }
  if (policy.allowedHosts === undefined) return { tag: "resolve", name, rule: "no-allow-list" };
  const wanted = { port, scheme };
  const grant = policy.allowedHosts.find((entry) => grantsHost(entry, name, wanted));
  if (grant !== undefined) return { tag: "resolve", name, rule: "allowed-host", grant };
  const place = formatAllowedHost({
    target: { tag: "host", pattern: { tag: "name", name } },
    port,
    scheme,
  });
  const denial: Denial = {
    tag: "deny",
    rule: "not-allowed",
    reason: `No entry of allowedHosts grants ${place}`,
  };
  if (policy.egress === "enforce") return denial;
  return { tag: "resolve", name, rule: denial.rule, counted: denial };
}
