import type { SocketAddress } from "node:net";
import { denyClosed, gate } from "./decide-egress.ts";
import type { Decision, Denial, Grant } from "./decision.ts";
import type { Facts } from "./facts.ts";
import { toJudged } from "./judged-address.ts";
import type { Policy } from "./policy.ts";
import type { Rule } from "./rule.ts";

/** A name that a resolver may be asked for. */
export interface ResolvableName {
  readonly tag: "resolve";
  /** In the form of `toHostName`: what was judged, and so what is to be resolved. */
  readonly name: string;
  readonly rule: Rule;
  /** The entry of the manifest that granted it, where one did. */
  readonly grant?: Grant | undefined;
  /** What `enforce` would have answered, where `egress: count` let it through. */
  readonly counted?: Denial | undefined;
}

/**
 * Decides about one of the addresses that an allowed name resolved to. The name is permission enough, but a name is no
 * way into a closed range, to the machine or into the workload itself: whoever owns a name decides what it resolves to.
 * Pure. Act on the address of the decision, without resolving the name again.
 */
export function decideResolved(
  policy: Policy,
  { rule, grant, counted }: ResolvableName,
  address: SocketAddress,
  facts: Facts,
): Decision {
  const judged = toJudged(address);
  const closed = denyClosed(policy, judged, facts);
  if (closed !== undefined) return gate(policy, judged, closed);
  return { tag: "allow", rule, plane: "real", address, grant, counted };
}
