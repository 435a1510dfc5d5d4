import { SocketAddress } from "node:net";
import { decideResolved, type ResolvableName } from "../../../policy/decide-resolved.ts";
import { type Denial, type Grant, type Outcome, outcomeOf } from "../../../policy/decision.ts";
import type { Use } from "../../../policy/policy.ts";
import { toJudged } from "../../../policy/judged-address.ts";
import type { Rule } from "../../../policy/rule.ts";
import { SocketError } from "../../network/error.ts";
import type { Guest } from "../guest.ts";
import type { ResolvedAddress } from "./resolver.ts";

/** What a guest wanted, for records: `text` is the name, or the URL of the request. */
export interface AskedName {
  readonly use: Extract<Use, "lookup" | "http">;
  readonly text: string;
}

/**
 * Resolves a name that policy let through, and returns those of its addresses that policy lets through as well;
 * each is remembered as an answer that `guest` got, if it was a lookup. Rejects with `SocketError`:
 * for a name that has closed addresses only, `name-unresolvable` to a lookup and `access-denied` to a request;
 * and with the signal's reason.
 */
export async function resolvePermitted(
  guest: Guest,
  asked: AskedName,
  decision: ResolvableName,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const { name } = decision;
  const { egress } = guest;
  const { use } = asked;
  report(guest, asked, decision);
  if (egress === undefined) {
    throw new SocketError(
      "permanent-resolver-failure",
      `Cannot resolve ${name}: there is no resolver`,
    );
  }
  const resolver = use === "http" ? egress.recentNames : egress.resolver;
  const answers = await resolver.resolve(name, signal);
  const permitted = answers.filter((answer) => isPermitted(guest, asked, decision, answer));
  if (permitted.length === 0) throw noAddress(name, use, answers.length > 0);
  if (use === "lookup") {
    for (const { address, lifetime } of permitted) {
      egress.lookups.add(name, toJudged(toSocketAddress(address)).canonical, lifetime);
    }
  }
  return permitted.map(({ address }) => address);
}

function noAddress(name: string, use: Use, isClosed: boolean): SocketError {
  const code = isClosed && use === "http" ? "access-denied" : "name-unresolvable";
  const reason = isClosed ? "closed addresses only" : "no addresses";
  return new SocketError(code, `Cannot resolve ${name}: it has ${reason}`);
}

function isPermitted(
  guest: Guest,
  asked: AskedName,
  resolvable: ResolvableName,
  { address }: ResolvedAddress,
): boolean {
  const decision = decideResolved(guest.policy, resolvable, toSocketAddress(address), guest.facts);
  if (decision.tag === "allow") return true;
  report(guest, asked, decision, address);
  return false;
}

function toSocketAddress(address: string): SocketAddress {
  return new SocketAddress({ address, family: address.includes(":") ? "ipv6" : "ipv4" });
}

interface Made {
  readonly tag: string;
  readonly rule: Rule;
  readonly grant?: Grant | undefined;
  readonly counted?: Denial | undefined;
  readonly reason?: string | undefined;
}

function report(guest: Guest, { use, text }: AskedName, made: Made, address?: string): void {
  const outcome: Outcome = outcomeOf(made);
  const reason = made.reason ?? made.counted?.reason;
  guest.options.onDecision?.({ use, address, name: text, rule: made.rule, outcome, reason });
}
