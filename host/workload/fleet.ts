import pLimit from "p-limit";
import type { Workload } from "../manifest/workload.ts";
import { ApplyError } from "./apply-error.ts";
import { WorkloadError } from "./error.ts";
import type { Answerer, FleetParts } from "./fleet-parts.ts";
import { findWorkload } from "./find-workload.ts";
import { HostedWorkload } from "./hosted-workload.ts";
import { OperationError } from "./operation-error.ts";
import { prepareWorkload, type PreparedWorkload } from "./prepare.ts";
import type { Applied, ApplyOptions, DrainOptions } from "./status.ts";
import { SwitchedWayIn } from "./way-in.ts";

/** How many workloads are read and compiled at a time; the compiler itself takes one after the other. */
const PREPARED_AT_A_TIME = 8;

export interface FleetApplyOptions extends ApplyOptions {
  /** Called with each that was begun, once it is known what became of it and before that is told; also without `wait`. */
  readonly onOver?: ((workload: Workload) => void) | undefined;
}

/** The workloads that a host knows, by name. Disposing it drains all of them, in parallel. */
export class Fleet implements AsyncDisposable {
  readonly #parts: FleetParts;
  readonly #hosted = new Map<string, HostedWorkload>();
  /** Of workloads that are being deleted. */
  readonly #deletions = new Map<HostedWorkload, Promise<void>>();
  readonly #preparing = pLimit(PREPARED_AT_A_TIME);
  #ended: Promise<void> | undefined;

  constructor(parts: FleetParts) {
    this.#parts = parts;
  }

  /** All workloads, by name. */
  list(): readonly HostedWorkload[] {
    return [...this.#hosted.values()].toSorted((a, b) => (a.name < b.name ? -1 : 1));
  }

  /** Finds a workload by its ID, as `namespace/name`, or by the name alone. Throws `OperationError`. */
  find(reference: string): HostedWorkload {
    return this.#hosted.get(reference) ?? findWorkload(this.list(), reference);
  }

  /** As `HostOperations.apply`. */
  async apply(
    workloads: readonly Workload[],
    options: FleetApplyOptions = {},
  ): Promise<readonly Applied[]> {
    this.#checkOpen();
    const { begun } = await this.#begin(workloads, options);
    return await orAborted(Promise.all(begun), options.signal);
  }

  /** Drains, stops and forgets a workload, in at most that time also where it is being deleted already. */
  async delete(reference: string, { gracePeriod }: DrainOptions = {}): Promise<void> {
    this.#checkOpen();
    const hosted = this.find(reference);
    const begun = this.#deletions.get(hosted);
    if (begun !== undefined) hosted.hasten(gracePeriod);
    const deletion = begun ?? this.#delete(hosted, gracePeriod);
    this.#deletions.set(hosted, deletion);
    await deletion;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return (this.#ended ??= this.#endAll());
  }

  #checkOpen(): void {
    if (this.#ended !== undefined) throw stopping();
  }

  async #endAll(): Promise<void> {
    await Promise.all(this.list().map((hosted) => hosted.end(stopping())));
  }

  async #delete(hosted: HostedWorkload, gracePeriod: number | undefined): Promise<void> {
    const message = `Workload ${hosted.name} was deleted`;
    await hosted.end(new OperationError("not-found", message), gracePeriod);
    this.#hosted.delete(hosted.name);
    this.#deletions.delete(hosted);
    this.#parts.emit({ tag: "deleted", workload: hosted.name, id: hosted.id });
  }

  /** Prepares all of them, then begins with all. */
  async #begin(
    workloads: readonly Workload[],
    options: FleetApplyOptions,
  ): Promise<{ readonly begun: readonly Promise<Applied>[] }> {
    using announced = new DisposableStack();
    const routes = this.#announce(workloads);
    for (const route of routes.values()) announced.use(route);
    const prepared = await this.#prepare(workloads);
    this.#checkOpen();
    announced.move();
    return {
      begun: prepared.map(([workload, ready]) =>
        this.#applyOne(workload, ready, options, routes.get(workload)),
      ),
    };
  }

  async #prepare(
    workloads: readonly Workload[],
  ): Promise<readonly (readonly [Workload, PreparedWorkload])[]> {
    const { compiler, settings } = this.#parts;
    const results = await Promise.allSettled(
      workloads.map((workload) =>
        this.#preparing(() => prepareWorkload(workload, compiler, settings)),
      ),
    );
    const errors = results.flatMap((result) =>
      result.status === "rejected" ? [result.reason] : [],
    );
    if (errors.length > 0) throw new ApplyError(errors);
    return results.flatMap((result, index) => {
      const workload = workloads[index];
      return result.status === "fulfilled" && workload !== undefined
        ? [[workload, result.value] as const]
        : [];
    });
  }

  /**
   * Takes the routes of workloads that are being prepared, each until it is disposed: new ones answer by them that they
   * are not ready, and nobody else gets them. Throws `ApplyError` where they lead to other workloads.
   */
  #announce(workloads: readonly Workload[]): ReadonlyMap<Workload, Disposable> {
    using stack = new DisposableStack();
    const routes = new Map<Workload, Disposable>();
    const errors: unknown[] = [];
    for (const workload of workloads) {
      const { http } = workload;
      if (http === undefined) continue;
      const name = `${workload.namespace}/${workload.name}`;
      try {
        const target = this.#hosted.get(name) ?? unprepared(name);
        routes.set(workload, stack.use(this.#parts.route(http, target)));
      } catch (error) {
        errors.push(error);
      }
    }
    if (errors.length > 0) throw new ApplyError(errors);
    stack.move();
    return routes;
  }

  /** Has its route announced until it took that for itself, which may be after others that were asked for before. */
  async #applyOne(
    workload: Workload,
    prepared: PreparedWorkload,
    options: FleetApplyOptions,
    route: Disposable | undefined,
  ): Promise<Applied> {
    using announced = new DisposableStack();
    announced.use(route);
    const name = `${workload.namespace}/${workload.name}`;
    const known = this.#hosted.get(name);
    if (known?.isEnded === true) {
      await this.#deletions.get(known);
      this.#checkOpen();
      return await this.#applyOne(workload, prepared, options, announced.move());
    }
    const begun = Promise.withResolvers<Applied>();
    const onBegun = (applied: Applied): void => {
      announced.dispose();
      begun.resolve(applied);
    };
    const done =
      known === undefined
        ? this.#create(name, workload, prepared, onBegun)
        : known.apply(workload, prepared, onBegun);
    const over = done.finally(() => options.onOver?.(workload));
    const told = over.then((applied) => {
      this.#tell(name, applied);
      return applied;
    });
    if (options.wait !== false) return await told;
    // What comes of it is told as an event.
    told.catch(() => {});
    return await Promise.race([begun.promise, told]);
  }

  async #create(
    name: string,
    workload: Workload,
    prepared: PreparedWorkload,
    begun: (applied: Applied) => void,
  ): Promise<Applied> {
    const hosted = new HostedWorkload(workload, prepared, this.#parts);
    this.#hosted.set(name, hosted);
    begun({ outcome: "created", status: hosted.status, reason: undefined });
    return await hosted.created();
  }

  #tell(name: string, { outcome, status: { id, generation }, reason }: Applied): void {
    this.#parts.emit({ tag: "applied", workload: name, id, outcome, generation, reason });
    if (outcome === "kept") {
      this.#hosted.get(name)?.log.say(`A new version was applied, the old one is kept: ${reason}`);
    }
  }
}

/** Waits for `promise`, or rejects with the reason of `signal` before. */
async function orAborted<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return await promise;
  const aborted = Promise.withResolvers<never>();
  const abort = (): void => aborted.reject(signal.reason);
  if (signal.aborted) abort();
  signal.addEventListener("abort", abort, { once: true });
  try {
    return await Promise.race([promise, aborted.promise]);
  } finally {
    signal.removeEventListener("abort", abort);
  }
}

function stopping(): OperationError {
  return new OperationError("closed", "The host is stopping");
}

/** What answers for a workload that does not run yet. */
function unprepared(workload: string): Answerer {
  const reason = "The workload is being prepared";
  return {
    name: workload,
    isReady: false,
    wayIn: new SwitchedWayIn(),
    handle: () => Promise.reject(new WorkloadError("not-running", { workload }, reason)),
  };
}
