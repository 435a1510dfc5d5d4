import pLimit from "p-limit";
import type { Workload } from "../manifest/workload.ts";
import { ApplyError } from "./apply-error.ts";
import { WorkloadError } from "./error.ts";
import type { Answerer, FleetParts } from "./fleet-parts.ts";
import { HostedWorkload } from "./hosted-workload.ts";
import { OperationError } from "./operation-error.ts";
import { prepareWorkload, type PreparedWorkload } from "./prepare.ts";
import type { Applied, ApplyOptions, DrainOptions } from "./status.ts";
import { SwitchedWayIn } from "./way-in.ts";

/** How many workloads are read and compiled at a time; the compiler itself takes one after the other. */
const PREPARED_AT_A_TIME = 8;

/** The workloads that a host knows, by name. Disposing it drains all of them, in parallel. */
export class Fleet implements AsyncDisposable {
  readonly #parts: FleetParts;
  readonly #hosted = new Map<string, HostedWorkload>();
  /** Of workloads that are being deleted. */
  readonly #deletions = new Map<HostedWorkload, Promise<void>>();
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
    const exact = this.#hosted.get(reference);
    if (exact !== undefined) return exact;
    const found = this.list().filter(
      ({ id, workload }) => id === reference || workload.name === reference,
    );
    const [first, ...others] = found.some(({ id }) => id === reference)
      ? found.filter(({ id }) => id === reference)
      : found;
    if (first === undefined) {
      throw new OperationError("not-found", `The host has no workload "${reference}"`);
    }
    if (others.length > 0) {
      const names = found.map(({ name }) => name).join(", ");
      const message = `"${reference}" is not one workload but several: ${names}`;
      throw new OperationError("ambiguous", message);
    }
    return first;
  }

  /** As `HostOperations.apply`. */
  async apply(
    workloads: readonly Workload[],
    { wait = true, signal }: ApplyOptions = {},
  ): Promise<readonly Applied[]> {
    this.#checkOpen();
    const { begun } = await this.#begin(workloads, wait);
    return await orAborted(Promise.all(begun), signal);
  }

  /** Drains, stops and forgets a workload. */
  async delete(reference: string, { gracePeriod }: DrainOptions = {}): Promise<void> {
    this.#checkOpen();
    const hosted = this.find(reference);
    const deletion = this.#deletions.get(hosted) ?? this.#delete(hosted, gracePeriod);
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
    wait: boolean,
  ): Promise<{ readonly begun: readonly Promise<Applied>[] }> {
    using _announced = this.#announce(workloads);
    const prepared = await this.#prepare(workloads);
    this.#checkOpen();
    return { begun: prepared.map(([workload, ready]) => this.#applyOne(workload, ready, wait)) };
  }

  async #prepare(
    workloads: readonly Workload[],
  ): Promise<readonly (readonly [Workload, PreparedWorkload])[]> {
    const { compiler, settings } = this.#parts;
    const limit = pLimit(PREPARED_AT_A_TIME);
    const results = await Promise.allSettled(
      workloads.map((workload) => limit(() => prepareWorkload(workload, compiler, settings))),
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
   * Takes the routes of workloads that are being prepared, until it is disposed: new ones answer by them that they are
   * not ready, and nobody else gets them. Throws `ApplyError` where they lead to other workloads.
   */
  #announce(workloads: readonly Workload[]): Disposable {
    using stack = new DisposableStack();
    const errors: unknown[] = [];
    for (const { namespace, name, http } of workloads) {
      if (http === undefined) continue;
      const workload = `${namespace}/${name}`;
      try {
        stack.use(this.#parts.route(http, this.#hosted.get(workload) ?? unprepared(workload)));
      } catch (error) {
        errors.push(error);
      }
    }
    if (errors.length > 0) throw new ApplyError(errors);
    return stack.move();
  }

  async #applyOne(workload: Workload, prepared: PreparedWorkload, wait: boolean): Promise<Applied> {
    const name = `${workload.namespace}/${workload.name}`;
    const known = this.#hosted.get(name);
    if (known?.isEnded === true) {
      await this.#deletions.get(known);
      this.#checkOpen();
      return await this.#applyOne(workload, prepared, wait);
    }
    const begun = Promise.withResolvers<Applied>();
    const done =
      known === undefined
        ? this.#create(name, workload, prepared, begun.resolve)
        : known.apply(workload, prepared, begun.resolve);
    const told = done.then((applied) => {
      this.#tell(name, applied);
      return applied;
    });
    if (wait) return await told;
    // What comes of it is told as an event.
    told.catch(() => {});
    return await Promise.race([begun.promise, told]);
  }

  #create(
    name: string,
    workload: Workload,
    prepared: PreparedWorkload,
    begun: (applied: Applied) => void,
  ): Promise<Applied> {
    const hosted = new HostedWorkload(workload, prepared, this.#parts);
    this.#hosted.set(name, hosted);
    begun({ outcome: "created", status: hosted.status, reason: undefined });
    return hosted.created();
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
