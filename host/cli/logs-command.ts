import type { LogLineResource } from "../api/resource/log-line.ts";
import { parseDuration } from "../manifest/duration.ts";
import { type HostOption, withHost } from "./connect.ts";
import type { CommandContext } from "./context.ts";
import { isJson } from "./output-format.ts";
import { printable } from "./printable.ts";
import type { Terminal } from "./terminal.ts";
import { UsageError } from "./usage-error.ts";

export interface LogsOptions extends HostOption {
  readonly follow: boolean;
  readonly timestamps: boolean;
  readonly tail?: string | undefined;
  readonly since?: string | undefined;
  readonly guest?: string | undefined;
  readonly output?: string | undefined;
}

/** `islet logs WORKLOAD`: what its guests printed and what the host said of it. */
export async function logsCommand(
  reference: string,
  options: LogsOptions,
  context: CommandContext,
): Promise<void> {
  const { terminal, interrupt } = context;
  const json = isJson(options.output);
  const { guest, timestamps } = options;
  const query = { guest, tail: parseTail(options.tail), since: parseSince(options.since) };
  const print = (entry: LogLineResource): void =>
    terminal.out(json ? JSON.stringify(entry) : format(entry, timestamps, terminal));
  await withHost(options, context, async (client) => {
    if (!options.follow) {
      for (const entry of await client.logs(reference, query)) print(entry);
      return;
    }
    for await (const entry of client.followLogs(reference, query, interrupt)) print(entry);
  });
}

function format(
  { time, guest, stream, replica, line }: LogLineResource,
  timestamps: boolean,
  terminal: Terminal,
): string {
  const who = replica === 0 ? guest : `${guest}#${replica + 1}`;
  const prefix = timestamps ? `${time} ` : "";
  const styled = terminal.styleOut(stream === "host" ? "dim" : "cyan", printable(prefix + who));
  return `${styled} | ${printable(line)}`;
}

function parseTail(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw new UsageError(`--tail ${text} is no number of lines. Try --tail 100`);
}

/** A duration until now, or a time. */
function parseSince(text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  const duration = parseDuration(text);
  const time = duration === undefined ? Date.parse(text) : Date.now() - duration;
  const isTime = duration !== undefined || /^\d{4}-\d{2}-\d{2}/.test(text);
  if (isTime && time >= 0) return new Date(time).toISOString();
  throw new UsageError(
    `--since ${text} is neither a duration nor a time. Try --since 10m, or --since 2026-01-31T12:00:00Z`,
  );
}
