import type { Outcome } from "../../policy/decision.ts";
import type { DecisionRecord } from "../../policy/decision-log.ts";
import { printable } from "./printable.ts";
import { shellQuote } from "./shell-quote.ts";

/**
 * A decision in one line, with the command that explains it. `workload` is as events have it; `manifests` are the
 * files to explain it from, and without them there is no such command.
 *
 * `policy: default/leet/http-api tcp-connect 10.0.0.1:5432 denied by not-allowed (No entry …); see "islet policy explain …"`
 */
export function formatDecision(
  workload: string,
  record: DecisionRecord,
  manifests: readonly string[],
): string {
  const { guest, use, outcome, rule, reason, count } = record;
  const times = count === 1 ? "" : ` ${count} times`;
  const why = reason === undefined ? "" : ` (${reason})`;
  const what = `${use} ${describeTarget(record)} ${VERB[outcome]}${times} by ${rule}${why}`;
  const line = printable(`policy: ${workload}/${guest} ${what}`);
  const target = targetOf(record);
  if (outcome === "allow" || target === undefined || manifests.length === 0) return line;
  const files = manifests.flatMap((manifest) => ["-f", manifest]);
  // All replicas of a workload have one policy.
  const id = `${workload.replace(/#\d+$/, "")}/${guest}`;
  const command = ["islet", "policy", "explain", ...files, id, use, target].map(shellQuote);
  return `${line}; see "${printable(command.join(" "))}"`;
}

const VERB: Readonly<Record<Outcome, string>> = {
  allow: "allowed",
  deny: "denied",
  counted: "let out, would be denied",
};

function describeTarget({ address, name }: DecisionRecord): string {
  if (name === undefined || address === undefined) return name ?? address ?? "";
  return `${name} (${address})`;
}

/** What `islet policy explain` takes for ADDRESS; undefined where there is nothing to explain. */
function targetOf({ use, address, name, rule }: DecisionRecord): string | undefined {
  if (rule === "invalid-name") return undefined;
  if (use === "lookup") return name;
  if (use !== "http") return address;
  return name?.includes("://") === true ? name : undefined;
}
