import type { Client } from "../api/client/client.ts";
import type { ForwardResource } from "../api/resource/forward.ts";
import type { WorkloadResource } from "../api/resource/workload.ts";
import { type HostOption, withHost } from "./connect.ts";
import type { CommandContext } from "./context.ts";
import { formatAge, formatCpuTime } from "./format-age.ts";
import { formatState } from "./format-state.ts";
import { noneOfDeleted } from "./none-of-deleted.ts";
import { isJson } from "./output-format.ts";
import { cell, formatTable } from "./table.ts";
import type { Terminal } from "./terminal.ts";

export interface PsOptions extends HostOption {
  readonly output?: string | undefined;
}

/** `islet ps`: the workloads of a running host. */
export async function psCommand(options: PsOptions, context: CommandContext): Promise<void> {
  const { terminal } = context;
  const json = isJson(options.output);
  const workloads = await withHost(options, context, listAll);
  if (json) {
    terminal.out(JSON.stringify(workloads, undefined, 2));
    return;
  }
  if (workloads.length === 0) {
    terminal.err("No workloads. Try: islet apply -f FILE");
    return;
  }
  // Most hosts have neither, and reasons need the room.
  const extra = EXTRA.filter(([, textOf]) => workloads.some((each) => textOf(each) !== ""));
  const rows = workloads.map((each) =>
    toRow(each, Date.now(), terminal).concat(extra.map(([, textOf]) => cell(textOf(each)))),
  );
  const head = [...HEAD, ...extra.map(([title]) => title)];
  for (const line of formatTable(head, rows, terminal)) terminal.out(line);
}

/** A workload, and what leads to it from outside besides HTTP. */
interface Listed extends WorkloadResource {
  readonly forwards: readonly ForwardResource[];
  /** Where tunnels publish it. */
  readonly publicUrls: readonly string[];
}

async function listAll(client: Client): Promise<readonly Listed[]> {
  const listed = (await client.list()).map(async (workload) => {
    const [forwards, tunnels] = await Promise.all([
      client.forwards(workload.id).catch(noneOfDeleted),
      client.tunnels(workload.id).catch(noneOfDeleted),
    ]);
    const publicUrls = tunnels.flatMap(({ publicUrl }) => publicUrl ?? []);
    return Object.assign(workload, { forwards, publicUrls });
  });
  return await Promise.all(listed);
}

const EXTRA: readonly (readonly [title: string, textOf: (workload: Listed) => string])[] = [
  ["FORWARDS", ({ forwards }) => forwards.map(describeForward).join(" ")],
  ["PUBLIC URL", ({ publicUrls }) => publicUrls.join(" ")],
];

function describeForward({ addresses, port, protocol }: ForwardResource): string {
  return `${addresses.join(",")}->${port}/${protocol}`;
}

const HEAD = ["WORKLOAD", "STATE", "READY", "RESTARTS", "CPU", "AGE", "REASON"];

function toRow(workload: WorkloadResource, now: number, terminal: Terminal): string[] {
  const { namespace, name, state, reason, replicas, createdAt } = workload;
  const running = replicas.filter((replica) => replica.state === "running").length;
  const cpu = replicas.map(({ cpuTimeMs }) => cpuTimeMs).filter((time) => time !== null);
  return [
    cell(`${namespace}/${name}`),
    formatState(state, terminal),
    `${running}/${replicas.length}`,
    String(sum(replicas.map(({ restarts }) => restarts))),
    cpu.length === 0 ? "-" : formatCpuTime(sum(cpu)),
    formatAge(now - Date.parse(createdAt)),
    cell(reason),
  ];
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, each) => total + each, 0);
}
