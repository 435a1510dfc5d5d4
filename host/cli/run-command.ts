import type { Host } from "../host.ts";
import { loadManifests, type Manifests } from "../manifest/load.ts";
import { buildCommand } from "./build-command.ts";
import type { CommandContext } from "./context.ts";
import type { TakenConfig } from "./host-config.ts";
import { type HostFlags, toHostOptions } from "./host-flags.ts";
import { isOver } from "./is-over.ts";
import { printable } from "./printable.ts";
import { readForwards, withForwards } from "./run-forwards.ts";
import { runHost, type Running } from "./run-host.ts";
import { type ApiCommandOptions, checkApiOptions } from "./serve-api.ts";
import type { StateWatch } from "./state-watch.ts";
import { withConfigWatch } from "./watch-config.ts";
import type { WatchOptions } from "./watch.ts";
import { watchWorkloads } from "./watch-workloads.ts";

export interface RunCommandOptions extends HostFlags, ApiCommandOptions, TakenConfig {
  /** Projects that are built before their manifests are read. */
  readonly build: readonly string[];
  /** Whether workloads follow their manifests and components. */
  readonly watch: boolean;
  /** Ports of workloads that are offered on this machine. */
  readonly forward: readonly string[];
}

/** `islet run PATH…`: a host in the foreground, until it is interrupted or nothing of it runs any more. */
export async function runCommand(
  paths: readonly string[],
  options: RunCommandOptions,
  context: CommandContext,
): Promise<void> {
  const { terminal, environment, interrupt } = context;
  const host = await toHostOptions(options, environment, options.configuration);
  checkApiOptions(options);
  const forwards = readForwards(options.forward, options.configuration);
  for (const directory of options.build) {
    await buildCommand(directory, { force: false }, { terminal });
  }
  // What cannot be read at the beginning is an error, watched or not: nothing runs that could go on.
  const manifests = await loadManifests(paths);
  const run = options.watch
    ? (host: Host): Running => {
        const load: WatchOptions["load"] = ({ images }) => loadManifests(paths, { images });
        const signal = interrupt;
        const watched = watchWorkloads({ host, manifests: paths, load, terminal, signal });
        return withConfigWatch(watched, options.configPath, terminal);
      }
    : (host: Host, states: StateWatch): Running => runOnce(host, states, manifests, context);
  await runHost({ ...options, host, manifests: paths }, context, (host, states) =>
    withForwards(run(host, states), { host, forwards, isPatient: options.watch, terminal }),
  );
}

function runOnce(
  host: Host,
  states: StateWatch,
  { workloads, notices }: Manifests,
  { terminal, interrupt }: CommandContext,
): Running {
  return {
    async start() {
      for (const { location, message } of notices) {
        const text = `${location.file}:${location.line}:${location.column}: ${message}`;
        terminal.err(terminal.style("dim", printable(text)));
      }
      await host.apply(workloads, { wait: false });
      await states.until(host, ({ tag }) => tag !== "starting", interrupt);
    },
    async stay() {
      await states.until(host, isOver, interrupt);
      const failed = host.workloads.filter(({ state }) => state.tag === "error");
      if (interrupt.aborted || failed.length === 0) return;
      const names = failed.map(({ name }) => name).join(", ");
      throw new Error(`Nothing runs any more: ${names} in error`);
    },
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}
