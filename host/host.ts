/** The composition root: the one file that knows every part below it. */
import type { AddressInfo } from "node:net";
import { type Compiler, createCompiler } from "./engine/compiler.ts";
import type { HostEvent } from "./host-event.ts";
import { startHttpIngress } from "./ingress/http/ingress.ts";
import { RouteTable } from "./ingress/http/route-table.ts";
import { type HttpTarget, TargetError, type TargetErrorCode } from "./ingress/http/target.ts";
import type { ListenAddress } from "./ingress/listen-address.ts";
import { hostQuotaLimits } from "./network/descriptor-limit.ts";
import { HostQuota } from "./network/host-quota.ts";
import type { Workload } from "./manifest/workload.ts";
import { WorkloadError, type WorkloadErrorCode } from "./workload/error.ts";
import { HostPorts } from "./workload/host-ports.ts";
import {
  DEFAULT_SETTINGS,
  type HostSettings,
  prepareWorkload,
  type PreparedWorkload,
} from "./workload/prepare.ts";
import type { RunningWorkload } from "./workload/running-workload.ts";
import { startWorkload } from "./workload/start.ts";
import type { WorkloadState } from "./workload/state.ts";

export interface HostOptions {
  /** Where HTTP requests come in. */
  readonly http: ListenAddress;
  /** Where compiled components are kept; it is made where it is missing, and done without where it cannot be. */
  readonly cacheDirectory: string;
  /** What holds for all workloads; without it, as for a host that runs without flags. */
  readonly settings?: HostSettings | undefined;
  /** Told of all that happens, in order. */
  readonly onEvent: (event: HostEvent) => void;
}

/** Workloads that could not be prepared: nothing of them was started. */
class ApplyError extends AggregateError {
  override readonly name = "ApplyError";

  constructor(errors: readonly unknown[]) {
    super(
      errors,
      errors.map((error) => (error instanceof Error ? error.message : String(error))).join("\n"),
    );
  }
}

/** A workload that this host runs; one of several where it has replicas. */
export interface HostedWorkload {
  readonly name: string;
  readonly workload: Workload;
  readonly state: WorkloadState;
}

/** A running host. Disposing it stops its workloads, in parallel, and closes its addresses. */
export interface Host extends AsyncDisposable {
  readonly http: AddressInfo;
  readonly workloads: readonly HostedWorkload[];
  /**
   * Prepares all of the workloads, then starts them; comes back while they are starting.
   * Rejects with `ApplyError`, and starts none, where one of them cannot run.
   */
  apply(workloads: readonly Workload[]): Promise<void>;
}

/** Starts a host without workloads. Rejects with `ListenError` where its address is taken. */
export async function createHost(options: HostOptions): Promise<Host> {
  const { onEvent, cacheDirectory, http, settings = DEFAULT_SETTINGS } = options;
  await using stack = new AsyncDisposableStack();
  const compiler = stack.use(
    createCompiler({
      cacheDir: cacheDirectory,
      log: (message) => onEvent({ tag: "warning", message }),
    }),
  );
  const routes = new RouteTable();
  const ingress = stack.use(
    await startHttpIngress({
      address: http,
      routes,
      onError: (error) =>
        onEvent({ tag: "warning", message: `A request failed in the host: ${String(error)}` }),
    }),
  );
  const hostPorts = new HostPorts();
  stack.use(hostPorts.add("tcp", ingress.address.port));
  const quota = new HostQuota(hostQuotaLimits());
  const hosted: Hosted[] = [];
  stack.defer(async () => {
    await Promise.all(hosted.map(({ running }) => running.stop()));
  });
  const owned = stack.move();
  return {
    http: ingress.address,
    get workloads() {
      return hosted.map(({ name, workload, running }) => ({
        name,
        workload,
        state: running.state,
      }));
    },
    async apply(workloads) {
      // Until they run, their hosts are known and answer that they are not ready.
      using _announced = announce(workloads, routes);
      for (const [index, prepared] of (await prepareAll(workloads, compiler, settings)).entries()) {
        const workload = workloads[index];
        if (workload === undefined) continue;
        hosted.push(
          ...startReplicas(workload, prepared, { compiler, routes, hostPorts, quota, onEvent }),
        );
      }
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

interface Hosted {
  readonly name: string;
  readonly workload: Workload;
  readonly running: RunningWorkload;
}

interface Parts {
  readonly compiler: Compiler;
  readonly routes: RouteTable;
  readonly hostPorts: HostPorts;
  readonly quota: HostQuota;
  readonly onEvent: (event: HostEvent) => void;
}

/** Routes the hosts of workloads that are being prepared, until it is disposed. */
function announce(workloads: readonly Workload[], routes: RouteTable): Disposable {
  const stack = new DisposableStack();
  for (const { namespace, name, http } of workloads) {
    if (http === undefined) continue;
    const workload = `${namespace}/${name}`;
    const handle = (): Promise<never> =>
      Promise.reject(
        new TargetError("not-running", "The workload is being prepared", { workload }),
      );
    stack.use(routes.add(http.hosts, { workload, isReady: false, handle }));
  }
  return stack;
}

async function prepareAll(
  workloads: readonly Workload[],
  compiler: Compiler,
  settings: HostSettings,
): Promise<PreparedWorkload[]> {
  const results = await Promise.allSettled(
    workloads.map((workload) => prepareWorkload(workload, compiler, settings)),
  );
  const errors = results.flatMap((result) => (result.status === "rejected" ? [result.reason] : []));
  if (errors.length > 0) throw new ApplyError(errors);
  return results.flatMap((result) => (result.status === "fulfilled" ? [result.value] : []));
}

function startReplicas(
  workload: Workload,
  prepared: PreparedWorkload,
  { compiler, routes, hostPorts, quota, onEvent }: Parts,
): Hosted[] {
  return Array.from({ length: workload.replicas }, (_, index) => {
    const base = `${workload.namespace}/${workload.name}`;
    const name = workload.replicas === 1 ? base : `${base}#${index + 1}`;
    const running = startWorkload({
      prepared,
      onState: (state) => onEvent({ tag: "state", workload: name, state }),
      onLog: (lines) => {
        for (const line of lines) onEvent({ tag: "log", workload: name, ...line });
      },
      onPort: (address, open) => onEvent({ tag: "port", workload: name, address, open }),
      hostPorts,
      quota,
      onDecision: (record) => onEvent({ tag: "decision", workload: name, record }),
      onCachedData: (digest, data) => {
        compiler.storeCachedData(digest, data).catch((error: unknown) => {
          onEvent({ tag: "warning", message: `Cannot keep a code cache: ${String(error)}` });
        });
      },
    });
    if (workload.http !== undefined) routes.add(workload.http.hosts, toTarget(base, running));
    return { name, workload, running };
  });
}

/** The workload as the ingress sees it; the two do not know of each other. */
function toTarget(name: string, running: RunningWorkload): HttpTarget {
  return {
    workload: name,
    get isReady() {
      return running.isAnswering;
    },
    async handle(request, signal) {
      try {
        return await running.handle(request, signal);
      } catch (error) {
        throw error instanceof WorkloadError ? toTargetError(error) : error;
      }
    },
  };
}

function toTargetError(error: WorkloadError): TargetError {
  return new TargetError(TARGET_CODE[error.code], error.reason, error, { cause: error });
}

const TARGET_CODE: Readonly<Record<WorkloadErrorCode, TargetErrorCode>> = {
  "unreadable-image": "not-running",
  "invalid-component": "not-running",
  "not-running": "not-running",
  "no-handler": "not-running",
  "guest-failed": "guest-failed",
  timeout: "timeout",
  overloaded: "overloaded",
  "cell-died": "died",
};
