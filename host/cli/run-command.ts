import type { Host } from "../host.ts";
import { loadManifests, type Manifests } from "../manifest/load.ts";
import type { WorkloadState } from "../workload/state.ts";
import { buildCommand } from "./build-command.ts";
import type { CommandContext } from "./context.ts";
import { describeOpened, openForwards, readForwards } from "./run-forwards.ts";
import type { ForwardText } from "../ingress/forward/forward-spec.ts";
import { type HostFlags, toHostOptions } from "./host-flags.ts";
import { runHost, type Running } from "./run-host.ts";
import { type ApiCommandOptions, checkApiOptions } from "./serve-api.ts";
import type { StateWatch } from "./state-watch.ts";
import { watchWorkloads } from "./watch-workloads.ts";

export interface RunCommandOptions extends HostFlags, ApiCommandOptions {
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
  const host = await toHostOptions(options, environment);
  checkApiOptions(options);
  const forwards = readForwards(options.forward);
  for (const directory of options.build) {
    await buildCommand(directory, { force: false }, { terminal });
  }
  // What cannot be read at the beginning is an error, watched or not: nothing runs that could go on.
  const manifests = await loadManifests(paths);
  const run = options.watch
    ? (host: Host): Running =>
        watchWorkloads({
          host,
          manifests: paths,
          load: ({ images }) => loadManifests(paths, { images }),
          terminal,
          signal: interrupt,
        })
    : (host: Host, states: StateWatch): Running => runOnce(host, states, manifests, context);
  await runHost({ ...options, host, manifests: paths }, context, (host, states) =>
    withForwards(host, run(host, states), forwards, context),
  );
}

/** The same, with forwards that are opened once the workloads are known and stay when those are replaced. */
function withForwards(
  host: Host,
  running: Running,
  forwards: readonly ForwardText[],
  { terminal }: CommandContext,
): Running {
  if (forwards.length === 0) return running;
  return {
    async start() {
      await running.start();
      for (const opened of await openForwards(host, forwards)) terminal.out(describeOpened(opened));
    },
    stay: () => running.stay(),
    [Symbol.asyncDispose]: () => running[Symbol.asyncDispose](),
  };
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
        terminal.err(
          terminal.style("dim", `${location.file}:${location.line}:${location.column}: ${message}`),
        );
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

/** Whether nothing of a workload runs or will run: the components of a completed one still answer. */
function isOver({ tag }: WorkloadState, hasComponents: boolean): boolean {
  return tag === "error" || (tag === "completed" && !hasComponents);
}
