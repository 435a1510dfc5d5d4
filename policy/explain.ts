/**
 * A decision in words: which rule gave it, where in the manifest that is written,
 * and the smallest grant that would change it. Nothing is done and nothing is recorded.
 */
import { type Answer, answer } from "./answer.ts";
import type { Change } from "./change.ts";
import type { Outcome } from "./decision.ts";
import type { Facts } from "./facts.ts";
import { findChanges } from "./find-changes.ts";
import type { GrantField, Policy } from "./policy.ts";
import type { Question } from "./question.ts";
import type { Rule } from "./rule.ts";

/** The answer to a question that a person asked. */
export interface Explanation {
  readonly outcome: Outcome;
  readonly rule: Rule;
  /** What happens and why, a sentence without a full stop. */
  readonly reason: string;
  /** The entry of the manifest that grants, as it was written; undefined where none does. */
  readonly entry: string | undefined;
  /**
   * Where the manifest says so, `file:line:column`: the entry that grants, else the list that has no such entry or the
   * line that lets it through, else the guest that has no such list. Undefined where no manifest has a say.
   */
  readonly place: string | undefined;
  /**
   * The smallest changes that together make `enforce` allow it: of what is denied and of what is only counted.
   * None where nothing that can be changed would do.
   */
  readonly changes: readonly Change[];
}

/** Explains what `policy` answers to `question`. */
export function explain(policy: Policy, question: Question, facts: Facts): Explanation {
  const given = answer(policy, question, facts);
  const { outcome, rule, reason, grant } = given;
  return {
    outcome,
    rule,
    reason,
    entry: grant?.text,
    place: placeOf(policy, given),
    changes: outcome === "allow" ? [] : findChanges(policy, question, facts),
  };
}

function placeOf({ origins }: Policy, { outcome, rule, grant }: Answer): string | undefined {
  if (grant !== undefined) return grant.origin;
  if (outcome === "counted") return origins.egress;
  const field = FIELD_OF[rule];
  return field && (origins[field] ?? origins.guest);
}

/** What of a manifest the rules read that are not about one of its entries; the others read none of it. */
const FIELD_OF: Readonly<Partial<Record<Rule, GrantField | "guest">>> = {
  "component-may-not-listen": "guest",
  "no-allow-list": "guest",
  "not-allowed": "allowedHosts",
  "lookup-not-allowed": "allowedIpNameLookups",
  "host-loopback-not-granted": "allowedHostLoopbackPorts",
};
