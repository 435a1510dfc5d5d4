import { readFile } from "node:fs/promises";
import { isIP } from "node:net";
import { SYSTEM_TUNNEL_CLOCK } from "../tunnel/clock.ts";
import type { TunnelServerEvent } from "../tunnel/server/options.ts";
import { startTunnelServer } from "../tunnel/server/tunnel-server.ts";
import type { CommandContext } from "./context.ts";
import { readNumber } from "./number-option.ts";
import { printable } from "./printable.ts";
import { readSecrets } from "./tunnel-secret.ts";
import { UsageError } from "./usage-error.ts";

export interface TunnelServeOptions {
  readonly bind: string;
  readonly port: string;
  readonly bindTunnels?: string | undefined;
  readonly minPort: string;
  readonly maxPort: string;
  readonly secretFile?: readonly string[] | undefined;
  readonly secretEnv?: string | undefined;
  readonly tlsCert?: string | undefined;
  readonly tlsKey?: string | undefined;
  readonly maxTunnels: string;
  readonly maxConnections: string;
}

/** `islet tunnel serve`: a server of the bore protocol, until Ctrl-C. */
export async function tunnelServeCommand(
  options: TunnelServeOptions,
  { terminal, environment, interrupt }: CommandContext,
): Promise<void> {
  const { bind, bindTunnels, secretFile = [], secretEnv } = options;
  for (const [name, address] of [
    ["--bind", bind],
    ["--bind-tunnels", bindTunnels],
  ] as const) {
    if (address !== undefined && isIP(address) === 0) {
      throw new UsageError(`${name} ${address} is not an address. Try ${name} 0.0.0.0`);
    }
  }
  const minPort = readNumber("--min-port", options.minPort, 1, 65_535);
  const maxPort = readNumber("--max-port", options.maxPort, 1, 65_535);
  if (minPort > maxPort) throw new UsageError("--min-port is above --max-port");
  const secrets = await readSecrets(secretFile, secretEnv, environment);
  const tls = await readTls(options);
  using server = await startTunnelServer({
    bind,
    port: readNumber("--port", options.port, 0, 65_535),
    bindTunnels,
    minPort,
    maxPort,
    secrets,
    tls,
    limits: {
      tunnels: readNumber("--max-tunnels", options.maxTunnels, 1, 65_535),
      connections: readNumber("--max-connections", options.maxConnections, 1, 65_535),
    },
    clock: SYSTEM_TUNNEL_CLOCK,
    onEvent: (event) => terminal.err(printable(describe(event))),
  });
  const { address, port } = server.address;
  const place = address.includes(":") ? `[${address}]:${port}` : `${address}:${port}`;
  terminal.out(`Tunnel server at ${place}, public ports ${minPort} to ${maxPort}`);
  const isLocal = bind.startsWith("127.") || bind === "::1";
  if (isLocal) terminal.err("Only this machine reaches it. Try --bind 0.0.0.0");
  else if (secrets.length === 0) {
    const warning = terminal.style("yellow", "warning:");
    terminal.err(`${warning} Everybody may open tunnels here. Try --secret-file FILE`);
  }
  const { promise, resolve } = Promise.withResolvers<void>();
  if (interrupt.aborted) resolve();
  interrupt.addEventListener("abort", () => resolve(), { once: true });
  await promise;
}

async function readTls({
  tlsCert,
  tlsKey,
}: TunnelServeOptions): Promise<{ certificate: string; key: string } | undefined> {
  if (tlsCert === undefined && tlsKey === undefined) return undefined;
  if (tlsCert === undefined || tlsKey === undefined) {
    throw new UsageError("--tls-cert and --tls-key go together");
  }
  return { certificate: await readFile(tlsCert, "utf8"), key: await readFile(tlsKey, "utf8") };
}

function describe(event: TunnelServerEvent): string {
  switch (event.tag) {
    case "opened":
      return `${event.port} opened for ${event.peer}`;
    case "taken-over":
      return `${event.port} taken over by ${event.peer}, whose connection was lost`;
    case "closed":
      return `${event.port} closed: ${event.reason} (${event.peer})`;
    case "refused":
      return `${event.peer} refused: ${event.reason}`;
    case "lost":
      return `${event.port}: ${event.reason}`;
    case "exhausted":
      return event.reason;
  }
}
