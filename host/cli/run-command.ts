import { Resolver } from "node:dns";
import { readFile } from "node:fs/promises";
import { createHost } from "../host.ts";
import { formatListenAddress, parseListenAddress } from "../ingress/listen-address.ts";
import { loadManifests } from "../manifest/load.ts";
import type { WorkloadState } from "../workload/state.ts";
import { buildCommand } from "./build-command.ts";
import type { CommandContext } from "./context.ts";
import { cacheDirectory } from "./directories.ts";
import { EventPrinter } from "./event-printer.ts";
import { describeWorkloads } from "./run-summary.ts";
import { StateWatch } from "./state-watch.ts";
import { UsageError } from "./usage-error.ts";

export interface RunCommandOptions {
  readonly http: string;
  readonly verbose: boolean;
  readonly allowHostLoopback: boolean;
  readonly denyPrivateRanges: boolean;
  readonly resolver?: string | undefined;
  readonly httpClientCaPath?: string | undefined;
  /** Projects that are built before their manifests are read. */
  readonly build: readonly string[];
}

/** `islet run PATH…`: a host in the foreground, until it is interrupted or nothing of it runs any more. */
export async function runCommand(
  paths: readonly string[],
  options: RunCommandOptions,
  { terminal, environment, interrupt }: CommandContext,
): Promise<void> {
  const http = parseListenAddress(options.http);
  if (http === undefined) {
    throw new UsageError(
      `--http ${options.http} is no address. Try --http 127.0.0.1:8000, or --http 8000`,
    );
  }
  const resolver = options.resolver;
  if (resolver !== undefined && !isNameServer(resolver)) {
    throw new UsageError(`--resolver ${resolver} is no address. Try --resolver 127.0.0.1:53`);
  }
  const ca = await readAuthorities(options.httpClientCaPath);
  for (const directory of options.build) {
    await buildCommand(directory, { force: false }, { terminal });
  }
  const { workloads, notices } = await loadManifests(paths);
  for (const { location, message } of notices) {
    terminal.err(
      terminal.style("dim", `${location.file}:${location.line}:${location.column}: ${message}`),
    );
  }
  const printer = new EventPrinter(terminal, options.verbose, paths);
  const watch = new StateWatch();
  await using host = await createHost({
    http,
    cacheDirectory: cacheDirectory(environment),
    settings: {
      policy: { hostLoopback: options.allowHostLoopback, denyPrivate: options.denyPrivateRanges },
      resolver,
      ca,
    },
    onEvent: (event) => {
      printer.print(event);
      watch.notice(event);
    },
  });
  await host.apply(workloads);
  await watch.until(host, ({ tag }) => tag !== "starting", interrupt);
  if (!interrupt.aborted) {
    const url = `http://${formatListenAddress({ host: host.http.address, port: host.http.port })}`;
    for (const line of describeWorkloads(host.workloads, url, terminal)) terminal.out(line);
  }
  await watch.until(host, isOver, interrupt);
  if (interrupt.aborted) {
    terminal.err(terminal.style("dim", "stopping …"));
    return;
  }
  const failed = host.workloads.filter(({ state }) => state.tag === "error");
  if (failed.length > 0) {
    throw new Error(`Nothing runs any more: ${failed.map(({ name }) => name).join(", ")} in error`);
  }
}

/** The certificates of a file; whether it has any is checked here, where there is somebody to be told. */
async function readAuthorities(path: string | undefined): Promise<readonly string[]> {
  if (path === undefined) return [];
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new UsageError(`--http-client-ca-path ${path} cannot be read: ${reason}`);
  }
  if (!text.includes("-----BEGIN CERTIFICATE-----")) {
    throw new UsageError(`--http-client-ca-path ${path} holds no certificate in PEM`);
  }
  return [text];
}

/** Whether node:dns takes it for a name server: an IP address, with or without a port. */
function isNameServer(text: string): boolean {
  try {
    new Resolver().setServers([text]);
    return true;
  } catch {
    return false;
  }
}

/** Whether nothing of a workload runs or will run: the components of a completed one still answer. */
function isOver({ tag }: WorkloadState, hasComponents: boolean): boolean {
  return tag === "error" || (tag === "completed" && !hasComponents);
}
