import { type HostOption, withHost } from "./connect.ts";
import type { CommandContext } from "./context.ts";
import { checkAhead } from "./duration-option.ts";
import { isJson } from "./output-format.ts";
import { printable } from "./printable.ts";
import { findTunnel } from "./tunnel-stop.ts";
import { UsageError } from "./usage-error.ts";

export interface TunnelLinkOptions extends HostOption {
  readonly output?: string | undefined;
  readonly path: string;
  readonly expires: string;
}

/** `islet tunnel link`: makes a signed link for the named tunnel, or for the only one that takes links. */
export async function tunnelLinkCommand(
  reference: string,
  text: string | undefined,
  options: TunnelLinkOptions,
  context: CommandContext,
): Promise<void> {
  const { path, expires, output } = options;
  const json = isJson(output);
  if (!path.startsWith("/")) throw new UsageError(`--path ${path} does not begin with /`);
  checkAhead("--expires", expires, "24h");
  const url = await withHost(options, context, async (client) => {
    const tunnels = await client.tunnels(reference);
    const able = text === undefined ? tunnels.filter(({ access }) => access.link) : tunnels;
    const { id } = findTunnel(able, text, reference);
    return await client.linkTunnel(reference, id, path, expires);
  });
  context.terminal.out(json ? JSON.stringify({ url }) : printable(url));
}
