import { resolve } from "node:path";
import type { TunnelBody } from "../api/tunnel-body.ts";
import type { TunnelResource } from "../api/resource/tunnel.ts";
import { parseSize } from "../manifest/size.ts";
import { parseServerAddress } from "../tunnel/client/server-address.ts";
import { trafficNotice } from "../tunnel/notice.ts";
import { type HostOption, withHost } from "./connect.ts";
import type { CommandContext } from "./context.ts";
import { checkAhead } from "./duration-option.ts";
import { readNumber } from "./number-option.ts";
import { isJson } from "./output-format.ts";
import { printable } from "./printable.ts";
import { readSecrets } from "./tunnel-secret.ts";
import { UsageError } from "./usage-error.ts";

export interface TunnelStartOptions extends HostOption {
  readonly output?: string | undefined;
  readonly to?: string | undefined;
  readonly port?: string | undefined;
  readonly secretFile?: string | undefined;
  readonly secretEnv?: string | undefined;
  readonly caFile?: string | undefined;
  readonly basicAuthFile?: string | undefined;
  readonly link: boolean;
  readonly from?: readonly string[] | undefined;
  readonly maxConnections?: string | undefined;
  readonly bandwidth?: string | undefined;
  readonly expires?: string | undefined;
}

/** `islet tunnel start`: publishes a port of a workload, and says where. Fails where it does not connect for good. */
export async function tunnelStartCommand(
  reference: string,
  port: string,
  options: TunnelStartOptions,
  context: CommandContext,
): Promise<void> {
  const { terminal } = context;
  const json = isJson(options.output);
  const body = await toBody(port, options, context);
  const tunnel = await withHost(options, context, (client) => client.startTunnel(reference, body));
  terminal.err(
    `${terminal.style("yellow", "note:")} ${printable(noticeOf(tunnel.server, options))}`,
  );
  if (json) terminal.out(JSON.stringify(tunnel, undefined, 2));
  else terminal.out(describe(tunnel));
  if (tunnel.state === "failed") {
    const next = tunnel.hint ?? `Try: islet tunnel reconnect ${reference}`;
    throw new Error(printable(`${tunnel.reason}. ${next}`));
  }
}

function describe({ id, publicUrl, workload, port, reason }: TunnelResource): string {
  if (publicUrl === null) return printable(`${id}  ${reason}`);
  return printable(`${id}  ${publicUrl} -> ${workload} port ${port}`);
}

function noticeOf(server: string, { basicAuthFile, link, from }: TunnelStartOptions): string {
  const isClosed = basicAuthFile !== undefined || link || from !== undefined;
  return trafficNotice(parseServerAddress(server), isClosed);
}

async function toBody(
  port: string,
  options: TunnelStartOptions,
  { environment }: CommandContext,
): Promise<TunnelBody> {
  const { to, link, from, secretFile, secretEnv, bandwidth, expires } = options;
  if (to !== undefined) checkServer(to);
  if (secretFile !== undefined && secretEnv !== undefined) {
    throw new UsageError("--secret-file and --secret-env exclude each other");
  }
  const files = secretFile === undefined ? [] : [secretFile];
  const [secret] = await readSecrets(files, secretEnv, environment);
  const rate = bandwidth === undefined ? undefined : parseSize(bandwidth);
  if (bandwidth !== undefined && rate === undefined) {
    throw new UsageError(`--bandwidth ${bandwidth} is no size. Try --bandwidth 1Mi`);
  }
  checkAhead("--expires", expires, "1h");
  const { port: remote, maxConnections: most, caFile, basicAuthFile } = options;
  return {
    port: /^\d+$/.test(port) ? readNumber("PORT", port, 1, 65_535) : port,
    to,
    remotePort: remote === undefined ? undefined : readNumber("--port", remote, 1, 65_535),
    secret: secret?.reveal(),
    caFile: caFile === undefined ? undefined : resolve(caFile),
    basic: basicAuthFile === undefined ? undefined : await readBasic(basicAuthFile, environment),
    link,
    from,
    maxConnections:
      most === undefined ? undefined : readNumber("--max-connections", most, 1, 65_535),
    bandwidth: rate,
    expires,
  };
}

function checkServer(text: string): void {
  try {
    parseServerAddress(text);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new UsageError(`--to: ${error.message}`);
  }
}

async function readBasic(
  path: string,
  environment: NodeJS.ProcessEnv,
): Promise<{ readonly username: string; readonly password: string }> {
  const [secret] = await readSecrets([path], undefined, environment);
  const text = secret?.reveal() ?? "";
  const colon = text.indexOf(":");
  if (colon > 0) return { username: text.slice(0, colon), password: text.slice(colon + 1) };
  throw new UsageError(`--basic-auth-file ${path} does not hold NAME:PASSWORD`);
}
