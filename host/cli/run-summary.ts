import type { HostedReplica } from "../host.ts";
import { printable } from "./printable.ts";
import type { Terminal } from "./terminal.ts";

/** What runs, where it answers and what to try: the lines that `islet run` prints once all is started. */
export function describeWorkloads(
  workloads: readonly HostedReplica[],
  url: string,
  terminal: Terminal,
): string[] {
  const lines = workloads.map(({ name, state, workload }) => {
    const guests = [
      ...(workload.service === undefined ? [] : ["service"]),
      ...workload.components.map((component) => component.name),
    ];
    return `${terminal.style("bold", printable(name))}  ${state.tag}  ${printable(guests.join(", "))}`;
  });
  const { port } = new URL(url);
  for (const [index, { workload }] of workloads.entries()) {
    const hosts = workload.http?.hosts ?? [];
    if (hosts.length > 0) {
      lines[index] += printable(`  ${hosts.map((host) => `http://${host}:${port}/`).join(" ")}`);
    }
  }
  lines.push(`Listening on ${url}`);
  const tries = new Set(workloads.flatMap((hosted) => tryLine(hosted, port)));
  for (const line of tries) lines.push(printable(`Try: ${line}`));
  return lines;
}

/** An annotation of a manifest with a command to try; `{host}` stands for the workload's first host and port. */
const TRY_ANNOTATION = "islet.dev/try";

function tryLine({ workload }: HostedReplica, port: string): string[] {
  const [first] = workload.http?.hosts ?? [];
  if (first === undefined) return [];
  const authority = `${workload.http?.hosts.includes("localhost") === true ? "localhost" : first}:${port}`;
  const command = workload.annotations[TRY_ANNOTATION] ?? "curl {host}/";
  return [command.replaceAll("{host}", authority)];
}
