import { readFile } from "node:fs/promises";
import type { Command } from "commander";
import type { HostOptions } from "../host.ts";
import { parseListenAddress } from "../ingress/listen-address.ts";
import type { HostConfig } from "../manifest/host-config.ts";
import { cacheDirectory, stateDirectory } from "./directories.ts";
import { addConfigOptions } from "./host-config.ts";
import { toConfiguredOptions } from "./configured-options.ts";
import { addIngressFlags, type IngressFlags, toIngressSettings } from "./ingress-flags.ts";
import { hasCertificate } from "./certificate.ts";
import { isNameServer } from "./name-server.ts";
import { UsageError } from "./usage-error.ts";

/** What a person can say about a host, whatever it runs. */
export interface HostFlags extends IngressFlags {
  readonly http: string;
  readonly verbose: boolean;
  readonly allowHostLoopback: boolean;
  readonly denyPrivateRanges: boolean;
  readonly resolver?: string | undefined;
  readonly httpClientCaPath?: string | undefined;
  readonly logDir?: string | undefined;
}

/** Adds the options of commands that start a host. */
export function addHostFlags(command: Command): Command {
  return addIngressFlags(
    addConfigOptions(command).option(
      "--http <address>",
      "where HTTP requests come in",
      "127.0.0.1:8000",
    ),
  )
    .option(
      "--allow-host-loopback",
      "let workloads reach the ports of this machine's loopback that they are granted",
      false,
    )
    .option("--deny-private-ranges", "keep workloads away from private addresses", false)
    .option("--resolver <address>", "name server for lookups of workloads (default: the system's)")
    .option(
      "--http-client-ca-path <file>",
      "certificate authorities (PEM) that requests of workloads trust besides the usual ones",
    )
    .option("--log-dir <directory>", "write the logs of workloads to rotated files as well")
    .option("--verbose", "print what the host does, not only what the workloads print", false);
}

/** The options of a host as the flags and the rest of the configuration say; checked before anything is started. Throws `UsageError`. */
export async function toHostOptions(
  flags: HostFlags,
  environment: NodeJS.ProcessEnv,
  configuration?: HostConfig,
): Promise<Omit<HostOptions, "onEvent">> {
  const http = parseListenAddress(flags.http);
  if (http === undefined) {
    throw new UsageError(
      `--http ${flags.http} is no address. Try --http 127.0.0.1:8000, or --http 8000`,
    );
  }
  const { resolver, logDir } = flags;
  if (resolver !== undefined && !isNameServer(resolver)) {
    throw new UsageError(`--resolver ${resolver} is no address. Try --resolver 127.0.0.1:53`);
  }
  return {
    http,
    cacheDirectory: cacheDirectory(environment),
    stateDirectory: stateDirectory(environment),
    logDirectory: logDir,
    ingress: { ...toIngressSettings(flags), limits: configuration?.http.limits },
    ...(configuration && toConfiguredOptions(configuration)),
    settings: {
      policy: { hostLoopback: flags.allowHostLoopback, denyPrivate: flags.denyPrivateRanges },
      resolver,
      ca: await readAuthorities(flags.httpClientCaPath),
    },
  };
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
  if (!hasCertificate(text)) {
    throw new UsageError(`--http-client-ca-path ${path} holds no certificate in PEM`);
  }
  return [text];
}
