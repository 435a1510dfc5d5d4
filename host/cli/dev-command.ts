import type { CommandContext } from "./context.ts";
import { openDevProject } from "./dev-project.ts";
import { type HostFlags, toHostOptions } from "./host-flags.ts";
import { runHost } from "./run-host.ts";
import { type ApiCommandOptions, checkApiOptions } from "./serve-api.ts";
import { watchWorkloads } from "./watch-workloads.ts";

export interface DevCommandOptions extends Omit<HostFlags, "http">, ApiCommandOptions {
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
  checkApiOptions(options);
  const project = await openDevProject(directory, {
    files: options.file,
    environment,
    output: (line) => terminal.err(line),
  });
  const http = options.http ?? project.address ?? DEFAULT_HTTP;
  const host = await toHostOptions({ ...options, http }, environment);
  const { manifests, load, sources } = project;
  await runHost({ ...options, host, manifests: [...manifests] }, context, (host) =>
    watchWorkloads({ host, manifests, load, sources, terminal, signal: interrupt }),
  );
}

const DEFAULT_HTTP = "127.0.0.1:8000";
