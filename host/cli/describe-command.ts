import type { EndpointResource } from "../api/resource/endpoint.ts";
import type { GuestResource, ReplicaResource, WorkloadResource } from "../api/resource/workload.ts";
import type { ListenerStatus } from "../workload/status.ts";
import { type HostOption, withHost } from "./connect.ts";
import type { CommandContext } from "./context.ts";
import { formatAge, formatCpuTime } from "./format-age.ts";
import { formatState } from "./format-state.ts";
import { isJson } from "./output-format.ts";
import { cell, formatTable } from "./table.ts";
import type { Terminal } from "./terminal.ts";

export interface DescribeOptions extends HostOption {
  readonly output?: string | undefined;
}

interface Description extends WorkloadResource {
  readonly endpoints: readonly EndpointResource[];
  readonly listeners: readonly ListenerStatus[];
}

/** `islet describe WORKLOAD`: all that a running host knows of a workload. */
export async function describeCommand(
  reference: string,
  options: DescribeOptions,
  context: CommandContext,
): Promise<void> {
  const { terminal } = context;
  const json = isJson(options.output);
  const description = await withHost(options, context, async (client) => {
    const workload = await client.get(reference);
    // By its ID, so that the answers are about one workload.
    const [endpoints, listeners] = await Promise.all([
      client.endpoints(workload.id),
      client.listeners(workload.id),
    ]);
    return { ...workload, endpoints, listeners };
  });
  const lines = json
    ? [JSON.stringify(description, undefined, 2)]
    : describe(description, Date.now(), terminal);
  for (const line of lines) terminal.out(line);
}

function describe(workload: Description, now: number, terminal: Terminal): string[] {
  const { state, reason, replicas, guests, endpoints, listeners } = workload;
  return [
    terminal.styleOut("bold", `${workload.namespace}/${workload.name}`),
    ...properties([
      ["id", workload.id],
      ["state", `${formatState(state, terminal)} (${cell(reason)})`],
      ["generation", String(workload.generation)],
      ["age", formatAge(now - Date.parse(workload.createdAt))],
      ["declared at", cell(workload.declaredAt)],
      ["labels", pairs(workload.labels)],
      ["annotations", pairs(workload.annotations)],
      ["reachable at", endpoints.map(({ url }) => url).join(" ")],
      ["listens on", listeners.map(({ protocol, address }) => `${address}/${protocol}`).join(" ")],
    ]),
    ...guests.flatMap((guest) => describeGuest(guest, terminal)),
    ...replicas.flatMap((replica) => describeReplica(replica, terminal)),
  ];
}

function describeReplica(replica: ReplicaResource, terminal: Terminal): string[] {
  const { index, restarts, requests, cpuTimeMs, heapBytes, transitions } = replica;
  const rows = transitions.map(({ time, state, reason }) => [
    time,
    formatState(state, terminal),
    cell(reason),
  ]);
  return [
    "",
    terminal.styleOut("bold", `replica ${index}`),
    ...properties([
      ["restarts", String(restarts)],
      ["requests", String(requests)],
      ["cpu", cpuTimeMs === null ? "" : formatCpuTime(cpuTimeMs)],
      ["heap", heapBytes === null ? "" : `${(heapBytes / 2 ** 20).toFixed(1)} MiB`],
    ]),
    ...formatTable(["TIME", "STATE", "REASON"], rows, terminal).map((line) => `  ${line}`),
  ];
}

function describeGuest(guest: GuestResource, terminal: Terminal): string[] {
  const { kind, name, image, environment, limits, egress, allowedHosts } = guest;
  return [
    "",
    terminal.styleOut("bold", kind === "service" ? "service" : `component ${cell(name)}`),
    ...properties([
      ["image", cell(image)],
      ["environment", environment.map(cell).join(" ")],
      ["limits", pairs(limits)],
      ["egress", egress],
      ["allowedHosts", allowedHosts === null ? "no list" : allowedHosts.join(" ") || "none"],
      ["allowedIpNameLookups", guest.allowedIpNameLookups.join(" ")],
      ["allowedHostLoopbackPorts", guest.allowedHostLoopbackPorts.join(" ")],
    ]),
  ];
}

/** A line each, without those that have nothing to say. */
function properties(entries: readonly (readonly [string, string])[]): string[] {
  const given = entries.filter(([, value]) => value !== "");
  const width = Math.max(...given.map(([name]) => name.length));
  return given.map(([name, value]) => `  ${name.padEnd(width)}  ${value}`);
}

function pairs(values: Readonly<Record<string, string | number>>): string {
  return Object.entries(values)
    .map(([name, value]) => cell(`${name}=${value}`))
    .join(" ");
}
