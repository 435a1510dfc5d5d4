import type { Client } from "../api/client/client.ts";
import type { WorkloadResource } from "../api/resource/workload.ts";
import { type HostOption, withHost } from "./connect.ts";
import type { CommandContext } from "./context.ts";
import { formatAge, formatCpuTime } from "./format-age.ts";
import { formatState } from "./format-state.ts";
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
  const { workloads, urls } = await withHost(options, context, listWithUrls);
  if (json) {
    terminal.out(JSON.stringify(workloads, undefined, 2));
    return;
  }
  if (workloads.length === 0) {
    terminal.err("No workloads. Try: islet apply -f FILE");
    return;
  }
  const isPublic = urls.some((url) => url !== "");
  const rows = workloads.map((workload, index) => {
    const row = toRow(workload, Date.now(), terminal);
    if (isPublic) row.push(cell(urls[index] ?? ""));
    return row;
  });
  const head = isPublic ? [...HEAD, "PUBLIC URL"] : HEAD;
  for (const line of formatTable(head, rows, terminal)) terminal.out(line);
}

/** The workloads, and where tunnels publish each. */
async function listWithUrls(
  client: Client,
): Promise<{ readonly workloads: readonly WorkloadResource[]; readonly urls: readonly string[] }> {
  const workloads = await client.list();
  const tunnels = await Promise.all(workloads.map(({ id }) => client.tunnels(id).catch(() => [])));
  const urls = tunnels.map((some) => some.flatMap(({ publicUrl }) => publicUrl ?? []).join(" "));
  return { workloads, urls };
}

const HEAD = ["WORKLOAD", "STATE", "READY", "RESTARTS", "CPU", "AGE", "REASON"];

function toRow(workload: WorkloadResource, now: number, terminal: Terminal): string[] {
  const { namespace, name, state, reason, replicas, createdAt } = workload;
  const running = replicas.filter((replica) => replica.state === "running").length;
  const cpu = replicas.map(({ cpuTimeMs }) => cpuTimeMs).filter((time) => time !== null);
  return [
    `${namespace}/${name}`,
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
