import type { Client } from "../api/client/client.ts";
import type { TunnelResource } from "../api/resource/tunnel.ts";
import { type HostOption, withHost } from "./connect.ts";
import type { CommandContext } from "./context.ts";
import { formatAge } from "./format-age.ts";
import { noneOfDeleted } from "./none-of-deleted.ts";
import { isJson } from "./output-format.ts";
import { cell, formatTable } from "./table.ts";

export interface TunnelStatusOptions extends HostOption {
  readonly output?: string | undefined;
}

/** `islet tunnel status`: the tunnels of one workload, or of all. */
export async function tunnelStatusCommand(
  reference: string | undefined,
  options: TunnelStatusOptions,
  context: CommandContext,
): Promise<void> {
  const { terminal } = context;
  const json = isJson(options.output);
  const tunnels = await withHost(options, context, (client) => listTunnels(client, reference));
  if (json) {
    terminal.out(JSON.stringify(tunnels, undefined, 2));
    return;
  }
  if (tunnels.length === 0) {
    terminal.err("Not started. Try: islet tunnel start WORKLOAD PORT");
    return;
  }
  const rows = tunnels.map((tunnel) => toRow(tunnel, Date.now()));
  for (const line of formatTable(HEAD, rows, terminal)) terminal.out(line);
}

/** The tunnels of one workload, or of all. */
async function listTunnels(
  client: Client,
  reference: string | undefined,
): Promise<readonly TunnelResource[]> {
  if (reference !== undefined) return await client.tunnels(reference);
  const workloads = await client.list();
  const all = workloads.map(({ id }) => client.tunnels(id).catch(noneOfDeleted));
  return (await Promise.all(all)).flat();
}

const HEAD = ["ID", "WORKLOAD", "PORT", "STATUS", "PUBLIC URL", "OPEN", "TOTAL", "SINCE", "REASON"];

function toRow(tunnel: TunnelResource, now: number): string[] {
  const { id, workload, port, status, publicUrl, stats, since, reason, hint } = tunnel;
  const why = hint === null ? reason : `${reason}. ${hint}`;
  return [
    cell(id.slice(0, 8)),
    cell(workload),
    String(port),
    cell(status),
    cell(publicUrl ?? "-"),
    String(stats.active),
    String(stats.connections),
    formatAge(now - Date.parse(since)),
    publicUrl === null ? cell(why) : "",
  ];
}
