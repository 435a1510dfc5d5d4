/** The composition root: the one file that knows every part below it. */
import { randomUUID } from "node:crypto";
import type { AddressInfo } from "node:net";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import pLimit from "p-limit";
import { createCompiler } from "./engine/compiler.ts";
import { EventHub } from "./event-hub.ts";
import { explainGuests } from "./explain-guests.ts";
import type { HostEvent } from "./host-event.ts";
import { type ForwardedWorkload, HostForwards } from "./host-forwards.ts";
import { ForwardTable } from "./ingress/forward/forward-table.ts";
import type { ForwardRulesOptions } from "./ingress/forward/rules.ts";
import { RouteTable } from "./ingress/http/route-table.ts";
import type { ListenAddress } from "./ingress/listen-address.ts";
import { type IngressSettings, openIngress } from "./open-ingress.ts";
import { openLogs } from "./open-logs.ts";
import { hostQuotaLimits } from "./network/descriptor-limit.ts";
import { HostQuota } from "./network/host-quota.ts";
import type { QuotaLimits } from "./network/quota-table.ts";
import type { WayIn } from "./network/way-in.ts";
import type { Workload } from "./manifest/workload.ts";
import { HostTunnels } from "./host-tunnels.ts";
import type { TunnelDefaults } from "./manifest/tunnel.ts";
import type { HostOperations } from "./operations.ts";
import { settleWorkloads } from "./settle-workloads.ts";
import { toHttpTarget } from "./to-http-target.ts";
import { createCell } from "./workload/cell.ts";
import { CELL_SOURCE } from "./workload/cell-bundler.ts";
import { bundleCellProgram } from "./workload/cell-program.ts";
import { disableMemoryReducer } from "./workload/memory-reducer.ts";
import { Fleet } from "./workload/fleet.ts";
import type { HostedWorkload } from "./workload/hosted-workload.ts";
import { HostPorts } from "./workload/host-ports.ts";
import { listenersOf } from "./workload/listeners.ts";
import { DEFAULT_SETTINGS, type HostSettings } from "./workload/prepare.ts";
import { isStopped, type WorkloadState } from "./workload/state.ts";
import type { Applied } from "./workload/status.ts";
import { VolumeStore } from "./workload/volume-store.ts";

export interface HostOptions {
  /** Where HTTP requests come in. */
  readonly http: ListenAddress;
  /** How HTTP comes in, and by which other way; as for a host that runs without flags by default. */
  readonly ingress?: IngressSettings | undefined;
  /** Where compiled components are kept; it is made where it is missing, and done without where it cannot be. */
  readonly cacheDirectory: string;
  /** Where volumes are made that end with their workloads; workloads that need one cannot start without it. */
  readonly stateDirectory?: string | undefined;
  /** Where the logs of workloads are written to files; they are kept in memory only without it. */
  readonly logDirectory?: string | undefined;
  /** What holds for all workloads; without it, as for a host that runs without flags. */
  readonly settings?: HostSettings | undefined;
  /** Which ports of the machine forwards may take. */
  readonly forwards?: ForwardRulesOptions | undefined;
  /** What tunnels lead to that name no server; the public one of bore by default. */
  readonly tunnels?: TunnelDefaults | undefined;
  /** Bounds of what all workloads hold together, in place of those that the process's own limits give. */
  readonly quota?: QuotaLimits | undefined;
  /** Told of all that happens, in order. */
  readonly onEvent: (event: HostEvent) => void;
}

/** One running copy of a workload. */
export interface HostedReplica {
  /** `namespace/name`, with `#N` behind it for the Nth of several. */
  readonly name: string;
  readonly workload: Workload;
  readonly state: WorkloadState;
}

/**
 * A running host. Disposing it drains its workloads, in parallel, each for as long as it may take, stops them
 * and closes its addresses; requests are told that their workload is stopping until then.
 */
export interface Host extends HostOperations, AsyncDisposable {
  /** Where HTTPS requests come in; undefined where they do not. */
  readonly https: AddressInfo | undefined;
  /** All replicas of all workloads. */
  readonly workloads: readonly HostedReplica[];
  /** The way into the network of a workload, which stays the same while the workload is known. Throws `OperationError`. */
  wayIn(reference: string): WayIn;
}

/** Starts a host without workloads. Rejects with `ListenError` where its address is taken. */
export async function createHost(options: HostOptions): Promise<Host> {
  disableMemoryReducer();
  const { cacheDirectory, settings = DEFAULT_SETTINGS } = options;
  const events = new EventHub(options.onEvent);
  const warn = (message: string): void => events.emit({ tag: "warning", message });
  await using stack = new AsyncDisposableStack();
  const program = bundleCellProgram(cacheDirectory).catch((error: unknown) => {
    warn(`Cannot keep the program of cells, whose threads start slower without: ${String(error)}`);
    return CELL_SOURCE;
  });
  const openLog = await openLogs(options.logDirectory, warn);
  const compiler = stack.use(createCompiler({ cacheDir: cacheDirectory, log: warn }));
  const routes = new RouteTable();
  const ingress = stack.use(await openIngress(options.http, routes, { ...options.ingress, warn }));
  const hostPorts = new HostPorts();
  stack.use(hostPorts.add("tcp", ingress.http.port));
  if (ingress.https !== undefined) stack.use(hostPorts.add("tcp", ingress.https.port));
  const table = stack.use(
    new ForwardTable({
      ownPort(protocol, port) {
        using parts = new DisposableStack();
        parts.use(hostPorts.add(protocol, port));
        const outside = { tag: "port", protocol, address: "127.0.0.1", port } as const;
        const isHeld = table.outsides.holderOf(outside) !== undefined;
        if (!isHeld) parts.use(table.outsides.claim(outside, "the host itself"));
        return parts.move();
      },
      rules: options.forwards,
      warn,
      onChange: ({ workload, id, addresses }, open) =>
        events.emit({ tag: "forward", workload, id, addresses, open }),
    }),
  );
  for (const { address, port } of [ingress.http, ingress.https ?? []].flat()) {
    table.outsides.claim({ tag: "port", protocol: "tcp", address, port }, "the HTTP ingress");
  }
  const cellProgram = await program;
  const gate = pLimit(Math.max(2, availableParallelism()));
  const { stateDirectory } = options;
  const volumes = stack.use(
    new VolumeStore({ directory: stateDirectory && join(stateDirectory, "volumes"), warn }),
  );
  const fleet = stack.use(
    new Fleet({
      compiler,
      settings,
      hostPorts,
      volumes,
      quota: new HostQuota({ ...hostQuotaLimits(), ...options.quota }),
      gate: (task) => gate(task),
      emit: (event) => events.emit(event),
      warn,
      route: (http, answerer) => {
        using parts = new DisposableStack();
        const target = parts.use(toHttpTarget(answerer, http));
        parts.use(routes.add(http.hosts, target, http));
        return parts.move();
      },
      openLog,
      createCell: (start, cellEvents) => createCell(start, cellEvents, cellProgram),
    }),
  );
  const forwards = new HostForwards(table, (reference) => toForwarded(fleet.find(reference)));
  const tunnels = stack.use(
    new HostTunnels({
      find: (reference) => toForwarded(fleet.find(reference)),
      emit: (event) => events.emit(event),
      warn,
      defaults: options.tunnels,
    }),
  );
  stack.use(settleWorkloads({ events, forwards, tunnels }));
  const owned = stack.move();
  return {
    id: randomUUID(),
    forwards,
    tunnels,
    http: ingress.http,
    https: ingress.https,
    get workloads() {
      return fleet.list().flatMap((hosted) =>
        hosted.replicas.map(({ index, state }) => ({
          name: hosted.nameOf(index),
          workload: hosted.workload,
          state,
        })),
      );
    },
    list: () => fleet.list().map(({ status }) => status),
    get: (reference) => fleet.find(reference).status,
    async apply(workloads, applyOptions) {
      const act = (onOver: (workload: Workload) => void): Promise<readonly Applied[]> =>
        fleet.apply(workloads, { ...applyOptions, onOver });
      const applied = await forwards.around(workloads, act, applyOptions);
      await tunnels.settle(applied.map(({ status }) => status.id));
      return applied;
    },
    async start(reference) {
      const hosted = fleet.find(reference);
      await forwards.begin(toForwarded(hosted));
      await hosted.start();
      await forwards.settle(hosted.name);
      await tunnels.settle([hosted.id]);
      return hosted.status;
    },
    async stop(reference, { gracePeriod } = {}) {
      const hosted = fleet.find(reference);
      forwards.leave(hosted.name);
      tunnels.leave(hosted.name);
      await hosted.stop(gracePeriod);
      // What was done with it at the same time may have opened some since.
      await forwards.settle(hosted.name);
      if (isStopped(hosted.state)) tunnels.leave(hosted.name);
      return hosted.status;
    },
    async restart(reference) {
      const hosted = fleet.find(reference);
      await forwards.begin(toForwarded(hosted));
      await hosted.restart();
      await forwards.settle(hosted.name);
      await tunnels.settle([hosted.id]);
      return hosted.status;
    },
    delete: (reference, drainOptions) => fleet.delete(reference, drainOptions),
    logs: (reference, query) => fleet.find(reference).log.page(query),
    decisions: (reference) => fleet.find(reference).decisions.records(),
    explain: (reference, question, guest) =>
      explainGuests(fleet.find(reference).workload, question, guest, settings.policy, hostPorts),
    listeners: (reference) => listenersOf(fleet.find(reference).replicas),
    wayIn: (reference) => fleet.find(reference).wayIn,
    watch: (listener) => events.watch(listener),
    ownPort: (protocol, port) => hostPorts.add(protocol, port),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

function toForwarded(hosted: HostedWorkload): ForwardedWorkload {
  const { name, workload, wayIn, state } = hosted;
  return { name, workload, wayIn, isStopped: state.tag === "stopping" || isStopped(state) };
}
