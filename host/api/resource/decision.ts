import type { DecisionRecord } from "../../../policy/decision-log.ts";
import { toTime } from "./workload.ts";

/** Equal decisions of policy about one guest. */
export interface DecisionResource {
  readonly guest: string;
  readonly use: DecisionRecord["use"];
  readonly address: string | null;
  readonly name: string | null;
  readonly rule: DecisionRecord["rule"];
  readonly outcome: DecisionRecord["outcome"];
  readonly reason: string | null;
  readonly count: number;
  readonly first: string;
  readonly last: string;
}

export function toDecision(record: DecisionRecord): DecisionResource {
  const { guest, use, address, name, rule, outcome, reason, count, first, last } = record;
  return {
    guest,
    use,
    address: address ?? null,
    name: name ?? null,
    rule,
    outcome,
    reason: reason ?? null,
    count,
    first: toTime(first),
    last: toTime(last),
  };
}
