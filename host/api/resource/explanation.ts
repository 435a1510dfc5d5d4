import type { Change } from "../../../policy/change.ts";
import type { Outcome } from "../../../policy/decision.ts";
import type { Rule } from "../../../policy/rule.ts";
import type { GuestExplanation } from "../../operations.ts";

/** What policy answers to a question about one guest. */
export interface ExplanationResource {
  readonly guest: string;
  readonly outcome: Outcome;
  readonly rule: Rule;
  readonly reason: string;
  readonly entry: string | null;
  readonly place: string | null;
  readonly changes: readonly Change[];
}

export function toExplanation({ guest, explanation }: GuestExplanation): ExplanationResource {
  const { outcome, rule, reason, entry, place, changes } = explanation;
  return { guest, outcome, rule, reason, entry: entry ?? null, place: place ?? null, changes };
}
