import type { AddressInfo } from "node:net";
import { createHost, type Host, type HostOptions } from "../host.ts";
import { formatListenAddress } from "../ingress/listen-address.ts";
import type { CommandContext } from "./context.ts";
import { describeForward } from "./describe-forward.ts";
import { EventPrinter } from "./event-printer.ts";
import { describeWorkloads } from "./run-summary.ts";
import { type ApiCommandOptions, describeApi, serveApi } from "./serve-api.ts";
import { StateWatch } from "./state-watch.ts";

export interface RunHostOptions extends ApiCommandOptions {
  readonly verbose: boolean;
  readonly host: Omit<HostOptions, "onEvent">;
  /** The files that the workloads come from, as a person named them. */
  readonly manifests: readonly string[];
}

/** What a host in the foreground runs. */
export interface Running extends AsyncDisposable {
  /** Gives the host its workloads; comes back when they are ready or cannot become so. */
  start(): Promise<void>;
  /** Comes back when the host is to end; rejects where that is a failure. */
  stay(): Promise<void>;
}

/** A host in the foreground with its API, for as long as what it runs says, or until it is interrupted. */
export async function runHost(
  options: RunHostOptions,
  context: CommandContext,
  run: (host: Host, states: StateWatch) => Running,
): Promise<void> {
  const { terminal, environment, interrupt } = context;
  const printer = new EventPrinter(terminal, options.verbose, options.manifests);
  const states = new StateWatch();
  await using host = await createHost({
    ...options.host,
    onEvent: (event) => {
      printer.print(event);
      states.notice(event);
    },
  });
  let notReady: string | undefined = "The workloads are starting";
  await using api = await serveApi(
    host,
    { ...options, isShared: true, notReady: () => notReady },
    context,
  );
  await using running = run(host, states);
  await running.start();
  notReady = undefined;
  if (!interrupt.aborted) {
    const url = `http://${formatAddress(host.http)}`;
    for (const line of describeWorkloads(host.workloads, url, terminal)) terminal.out(line);
    if (host.https !== undefined) terminal.out(`Listening on https://${formatAddress(host.https)}`);
    // Those of the command line were told when they were opened; only those of manifests have a label here.
    for (const forward of host.forwards.list()) {
      if (forward.label !== undefined) terminal.out(describeForward(forward));
    }
    for (const line of describeApi(api, environment)) terminal.out(line);
  }
  await running.stay();
  if (!interrupt.aborted) return;
  notReady = "The host is stopping";
  terminal.err(terminal.style("dim", "stopping …"));
  // The API goes last: it can be asked how far the stopping is.
  await host[Symbol.asyncDispose]();
}

function formatAddress({ address, port }: AddressInfo): string {
  return formatListenAddress({ host: address, port });
}
