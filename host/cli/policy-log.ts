import type { DecisionResource } from "../api/resource/decision.ts";
import { type HostOption, withHost } from "./connect.ts";
import type { CommandContext } from "./context.ts";
import { isJson } from "./output-format.ts";
import { printable } from "./printable.ts";
import type { Style, Terminal } from "./terminal.ts";

export interface PolicyLogOptions extends HostOption {
  readonly follow: boolean;
  readonly output?: string | undefined;
}

/** `islet policy log WORKLOAD`: what policy denied to its guests on a running host, and what it let out. */
export async function policyLogCommand(
  reference: string,
  options: PolicyLogOptions,
  context: CommandContext,
): Promise<void> {
  const { terminal, interrupt } = context;
  const json = isJson(options.output);
  const print = (decision: DecisionResource): void =>
    terminal.out(json ? JSON.stringify(decision) : format(decision, terminal));
  await withHost(options, context, async (client) => {
    if (options.follow) {
      for await (const decision of client.followDecisions(reference, interrupt)) print(decision);
      return;
    }
    const decisions = await client.decisions(reference);
    for (const decision of decisions) print(decision);
    if (decisions.length === 0) terminal.err(`Nothing was denied to ${reference} or let out of it`);
  });
}

function format(decision: DecisionResource, terminal: Terminal): string {
  const { last, guest, use, address, name, outcome, rule, reason, count } = decision;
  const [word, style] = OUTCOMES[outcome];
  const target =
    name === null || address === null ? (name ?? address ?? "") : `${name} (${address})`;
  const times = count === 1 ? "" : ` ${count} times`;
  const why = reason === null ? "" : ` (${reason})`;
  return [
    terminal.styleOut("dim", printable(last)),
    printable(`${guest} ${use} ${target}`),
    terminal.styleOut(style, word) + printable(`${times} by ${rule}${why}`),
  ].join(" ");
}

const OUTCOMES: Readonly<Record<DecisionResource["outcome"], readonly [string, Style]>> = {
  allow: ["allowed", "green"],
  deny: ["denied", "red"],
  counted: ["let out, would be denied", "yellow"],
};
