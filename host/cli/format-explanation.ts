import type { Change } from "../../policy/change.ts";
import type { Outcome } from "../../policy/decision.ts";
import type { Explanation } from "../../policy/explain.ts";
import { printable } from "./printable.ts";
import type { Terminal } from "./terminal.ts";

/** An explanation in lines for people; `question` is what was asked, in their words. */
export function formatExplanation(
  guest: string,
  question: string,
  explanation: Explanation,
  terminal: Terminal,
): string[] {
  const { outcome, rule, reason, entry, place, changes } = explanation;
  const [word, style] = OUTCOMES[outcome];
  const rows: readonly (readonly [string, string | undefined])[] = [
    ["rule", rule],
    ["reason", reason],
    ["entry", entry],
    ["written at", place],
    ...changes.map((change, index): [string, string] => [
      index === 0 ? "to allow it" : "",
      describeChange(change),
    ]),
  ];
  const width = Math.max(...rows.map(([label]) => label.length));
  return [
    `${terminal.style("bold", printable(guest))}  ${printable(question)}  ${terminal.style(style, word)}`,
    ...rows.flatMap(([label, text]) =>
      text === undefined ? [] : [`  ${label.padEnd(width)}  ${printable(text)}`],
    ),
  ];
}

const OUTCOMES: Readonly<Record<Outcome, readonly [string, "green" | "red" | "yellow"]>> = {
  allow: ["allowed", "green"],
  deny: ["denied", "red"],
  counted: ["let out and counted", "yellow"],
};

/** What to do, as an imperative. */
function describeChange(change: Change): string {
  switch (change.tag) {
    case "grant":
      return `add ${JSON.stringify(change.entry)} to ${change.field}`;
    case "flag":
      return `start the host ${change.isSet ? "with" : "without"} ${change.flag}`;
    case "advice":
      return change.text;
  }
}
