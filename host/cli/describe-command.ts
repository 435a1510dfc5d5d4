import type { EndpointResource } from "../api/resource/endpoint.ts";
import type { ForwardResource } from "../api/resource/forward.ts";
import type { TunnelResource } from "../api/resource/tunnel.ts";
import type { GuestResource, ReplicaResource, WorkloadResource } from "../api/resource/workload.ts";
import type { ListenerStatus } from "../workload/status.ts";
import { type HostOption, withHost } from "./connect.ts";
import type { CommandContext } from "./context.ts";
import { formatAge, formatCpuTime } from "./format-age.ts";
import { formatLimit, formatSize } from "./format-limit.ts";
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
  readonly forwards: readonly ForwardResource[];
  readonly tunnels: readonly TunnelResource[];
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
    const [endpoints, listeners, forwards, tunnels] = await Promise.all([
      client.endpoints(workload.id),
      client.listeners(workload.id),
      client.forwards(workload.id),
      client.tunnels(workload.id),
    ]);
    return { ...workload, endpoints, listeners, forwards, tunnels };
  });
  const lines = json
    ? [JSON.stringify(description, undefined, 2)]
    : describe(description, Date.now(), terminal);
  for (const line of lines) terminal.out(line);
}

function describe(workload: Description, now: number, terminal: Terminal): string[] {
  const { state, reason, route, replicas, guests, endpoints, listeners } = workload;
  return [
    terminal.styleOut("bold", cell(`${workload.namespace}/${workload.name}`)),
    ...properties([
      ["id", cell(workload.id)],
      ["state", `${formatState(state, terminal)} (${cell(reason)})`],
      ["generation", String(workload.generation)],
      ["age", formatAge(now - Date.parse(workload.createdAt))],
      ["declared at", cell(workload.declaredAt)],
      ["labels", pairs(workload.labels)],
      ["annotations", pairs(workload.annotations)],
      ["reachable at", endpoints.map(({ url }) => cell(url)).join(" ")],
      ["answered by", route?.port === undefined || route.port === null ? "" : `port ${route.port}`],
      ["listens on", [...new Set(listeners.map(describeListener))].join(" ")],
      ...workload.forwards.map((forward) => ["forward", describeForward(forward)] as const),
      ...workload.tunnels.map((tunnel) => ["tunnel", describeTunnel(tunnel)] as const),
      ...workload.volumes.map((volume) => ["volume", describeVolume(volume)] as const),
    ]),
    ...guests.flatMap((guest) => describeGuest(guest, terminal)),
    ...replicas.flatMap((replica) => describeReplica(replica, terminal)),
  ];
}

/** Replicas listen on the same, each on a network of its own. */
function describeListener({ protocol, address }: ListenerStatus): string {
  return cell(`${address}/${protocol}`);
}

function describeForward({ addresses, port, protocol, label, stats }: ForwardResource): string {
  const name = label === null ? "" : `${cell(label)}: `;
  const { open, total, refused, lastError } = stats;
  const error = lastError === null ? "" : `, last error at ${lastError.time}: ${lastError.message}`;
  const counts = `${open} open, ${total} in all, ${refused} refused${error}`;
  return cell(`${name}${addresses.join(" ")} -> ${port}/${protocol} (${counts})`);
}

function describeTunnel({
  publicUrl,
  server,
  port,
  status,
  reason,
  stats,
}: TunnelResource): string {
  const why = publicUrl === null ? reason : `${stats.active} open, ${stats.connections} in all`;
  return cell(`${publicUrl ?? server} -> ${port} ${status} (${why})`);
}

function describeVolume({
  name,
  kind,
  path,
  sizeLimit,
}: WorkloadResource["volumes"][number]): string {
  const limit = sizeLimit === null ? "" : `, at most ${formatSize(sizeLimit)}`;
  return cell(`${name}  ${path ?? kind}${limit}`);
}

function describeReplica(replica: ReplicaResource, terminal: Terminal): string[] {
  const { index, restarts, requests, cpuTimeMs, heapBytes, transitions } = replica;
  const rows = transitions.map(({ time, state, reason }) => [
    cell(time),
    formatState(state, terminal),
    cell(reason),
  ]);
  return [
    "",
    // Logs and events number them from 1 as well.
    terminal.styleOut("bold", `replica ${index + 1}`),
    ...properties([
      ["restarts", String(restarts)],
      ["requests", String(requests)],
      ["cpu", cpuTimeMs === null ? "" : formatCpuTime(cpuTimeMs)],
      ["heap", heapBytes === null ? "" : formatSize(heapBytes)],
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
      ...guest.ports.map((port) => ["port", describePort(port)] as const),
      ...guest.mounts.map((mount) => ["mount", describeMount(mount)] as const),
      ["limits", cell(Object.entries(limits).map(formatLimit).join(" "))],
      ["egress", cell(egress)],
      ["allowedHosts", allowedHosts === null ? "no list" : cell(allowedHosts.join(" ")) || "none"],
      ["allowedIpNameLookups", cell(guest.allowedIpNameLookups.join(" "))],
      ["allowedHostLoopbackPorts", cell(guest.allowedHostLoopbackPorts.join(" "))],
    ]),
  ];
}

function describePort({ name, port, protocol, publish }: GuestResource["ports"][number]): string {
  const outside = publish === null ? "" : ` published at ${publish}`;
  return cell(`${name} ${port}/${protocol}${outside}`);
}

function describeMount({ path, volume, readOnly }: GuestResource["mounts"][number]): string {
  return cell(`${path} is volume ${volume}${readOnly ? ", read-only" : ""}`);
}

/** A line each, without those that have nothing to say. */
function properties(entries: readonly (readonly [string, string])[]): string[] {
  const given = entries.filter(([, value]) => value !== "");
  const width = Math.max(...given.map(([name]) => name.length));
  return given.map(([name, value]) => `  ${name.padEnd(width)}  ${value}`);
}

function pairs(values: Readonly<Record<string, string>>): string {
  return Object.entries(values)
    .map(([name, value]) => cell(`${name}=${value}`))
    .join(" ");
}
