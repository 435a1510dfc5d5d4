import type { Client } from "../api/client/client.ts";
import type { TunnelResource } from "../api/resource/tunnel.ts";
import { type HostOption, withHost } from "./connect.ts";
import type { CommandContext } from "./context.ts";
import { isJson } from "./output-format.ts";
import { printable } from "./printable.ts";

export interface TunnelStopOptions extends HostOption {
  readonly output?: string | undefined;
}

/** `islet tunnel stop`: stops the named tunnels of a workload, or all of them. */
export async function stopTunnels(
  reference: string,
  ids: readonly string[],
  options: TunnelStopOptions,
  context: CommandContext,
): Promise<void> {
  await forEach(reference, ids, "stopped", options, context, (client, id) =>
    client.stopTunnel(reference, id),
  );
}

/** `islet tunnel reconnect`: makes the named tunnels of a workload connect anew, or all of them. */
export async function reconnectTunnels(
  reference: string,
  ids: readonly string[],
  options: TunnelStopOptions,
  context: CommandContext,
): Promise<void> {
  await forEach(reference, ids, "connects anew", options, context, async (client, id) => {
    await client.reconnectTunnel(reference, id);
  });
}

async function forEach(
  reference: string,
  ids: readonly string[],
  done: string,
  options: TunnelStopOptions,
  context: CommandContext,
  act: (client: Client, id: string) => Promise<void>,
): Promise<void> {
  const { terminal } = context;
  const json = isJson(options.output);
  await withHost(options, context, async (client) => {
    const known = await client.tunnels(reference);
    const chosen = ids.length === 0 ? known : ids.map((text) => findTunnel(known, text, reference));
    for (const { id } of chosen) {
      await act(client, id);
      if (!json) terminal.out(printable(`${id} ${done}`));
    }
    if (json) terminal.out(JSON.stringify(chosen.map(({ id }) => id)));
    else if (chosen.length === 0) terminal.err(`No tunnel of ${reference} is running`);
  });
}

/** The one tunnel whose ID begins with `text`; the only one without it. */
export function findTunnel(
  tunnels: readonly TunnelResource[],
  text: string | undefined,
  reference: string,
): TunnelResource {
  const found = tunnels.filter(
    ({ id }) => text === undefined || (text !== "" && id.startsWith(text)),
  );
  const [first] = found;
  if (first === undefined) {
    throw new Error(
      `Workload ${reference} has no ${text === undefined ? "such tunnel" : `tunnel "${text}"`}`,
    );
  }
  if (found.length === 1) return first;
  throw new Error(
    text === undefined
      ? `Workload ${reference} has ${found.length} of them. Say which one: its ID, or how that begins`
      : `"${text}" begins the IDs of ${found.length} tunnels of ${reference}`,
  );
}
