import type { CommandContext } from "./context.ts";
import { openDevProject } from "./dev-project.ts";
import type { TakenConfig } from "./host-config.ts";
import { type HostFlags, toHostOptions } from "./host-flags.ts";
import { readForwards, withForwards } from "./run-forwards.ts";
import { runHost } from "./run-host.ts";
import { type ApiCommandOptions, checkApiOptions } from "./serve-api.ts";
import { withConfigWatch } from "./watch-config.ts";
import { watchWorkloads } from "./watch-workloads.ts";

export interface DevCommandOptions extends Omit<HostFlags, "http">, ApiCommandOptions, TakenConfig {
  /** Undefined means the address that the project names, or else the usual one. */
  readonly http?: string | undefined;
  /** Manifests; those in the project where there is none. */
  readonly file: readonly string[];
}

/** `islet dev [DIRECTORY]`: builds a project, runs it and follows its changes, until it is interrupted. */
export async function devCommand(
  directory: string,
  options: DevCommandOptions,
  context: CommandContext,
): Promise<void> {
  const { terminal, environment, interrupt } = context;
  const { configuration, configPath } = options;
  checkApiOptions(options);
  const forwards = readForwards([], configuration);
  const project = await openDevProject(directory, {
    files: options.file,
    environment,
    output: (line) => terminal.err(line),
  });
  const http = options.http ?? project.address ?? DEFAULT_HTTP;
  const host = await toHostOptions({ ...options, http }, environment, configuration);
  const { manifests, load, sources } = project;
  await runHost({ ...options, host, manifests: [...manifests] }, context, (host) => {
    const options = { host, manifests, load, sources, terminal, signal: interrupt };
    const watched = withConfigWatch(watchWorkloads(options), configPath, terminal);
    return withForwards(watched, { host, forwards, isPatient: true, terminal });
  });
}

const DEFAULT_HTTP = "127.0.0.1:8000";
