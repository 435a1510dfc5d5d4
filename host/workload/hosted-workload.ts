import { randomUUID } from "node:crypto";
import pLimit from "p-limit";
import { DecisionLog } from "../../policy/decision-log.ts";
import type { CancelSignal } from "../network/cancel-signal.ts";
import type { Workload } from "../manifest/workload.ts";
import type { HttpRequest, HttpResponse } from "../wasi/http/message.ts";
import type { FleetParts, OpenLog } from "./fleet-parts.ts";
import { incarnate } from "./incarnate.ts";
import type { Incarnation } from "./incarnation.ts";
import type { LogStore } from "./log/log-store.ts";
import { OperationError } from "./operation-error.ts";
import type { PreparedWorkload } from "./prepare.ts";
import type { Replica } from "./replica.ts";
import { notRunning } from "./running-workload.ts";
import { isSameWorkload } from "./same-workload.ts";
import { STOPPED, type WorkloadState } from "./state.ts";
import type { Applied, WorkloadStatus } from "./status.ts";
import { Succession } from "./succession.ts";
import { SwitchedWayIn } from "./way-in.ts";
import { WorkloadVersion } from "./workload-version.ts";
import type { WorkloadVolumes } from "./workload-volumes.ts";

/**
 * One workload that a host knows, with the same ID through all of its versions, restarts and stops.
 *
 * Its operations happen one after the other. What serves is one incarnation; while it is replaced, the next one
 * starts beside it, with cells and a network of its own.
 */
export class HostedWorkload {
  readonly id: string = randomUUID();
  readonly createdAt: number = Date.now();
  /** `namespace/name`. */
  readonly name: string;
  /** The way into its network: to the replicas that serve, whichever they are. */
  readonly wayIn: SwitchedWayIn = new SwitchedWayIn(() => this.#succession.atRest);
  readonly decisions: DecisionLog = new DecisionLog();
  /** What its guests mount; removed at the end. */
  readonly volumes: WorkloadVolumes;
  readonly #parts: FleetParts;
  readonly #serially = pLimit(1);
  readonly #ended = new AbortController();
  readonly #succession: Succession;
  readonly #log: OpenLog;
  readonly #version: WorkloadVersion;
  #isStopped = false;

  /** Starts it at once. Throws, and starts nothing, where its route leads to another workload. */
  constructor(workload: Workload, prepared: PreparedWorkload, parts: FleetParts) {
    this.#parts = parts;
    this.name = `${workload.namespace}/${workload.name}`;
    this.volumes = parts.volumes.open(this.id);
    const route = workload.http && parts.route(workload.http, this);
    this.#version = new WorkloadVersion(workload, route);
    this.#log = parts.openLog({ ...workload, id: this.id }, () => this.#version.logRate);
    const first = this.#incarnate(prepared, workload.replicas);
    this.#succession = new Succession(first, this.#ended.signal, () => this.noteCells());
  }

  get workload(): Workload {
    return this.#version.workload;
  }

  get log(): LogStore {
    return this.#log.store;
  }

  get state(): WorkloadState {
    return this.#serving.state;
  }

  /** What serves, or served last. */
  get replicas(): readonly Replica[] {
    return this.#serving.replicas;
  }

  /** Whether it is deleted, or its host has stopped. */
  get isEnded(): boolean {
    return this.#ended.signal.aborted;
  }

  /** Whether it takes requests. */
  get isReady(): boolean {
    return this.#serving.isAnswering;
  }

  get status(): WorkloadStatus {
    const { id, createdAt, state } = this;
    const { workload, generation } = this.#version;
    const { namespace, name } = workload;
    const replicas = this.replicas.map(({ status }) => status);
    return { id, namespace, name, state, generation, createdAt, workload, replicas };
  }

  /** Has the replica with the least to do answer, as `RunningWorkload.handle`. */
  handle(request: HttpRequest, signal: CancelSignal): Promise<HttpResponse> {
    const running = this.#serving.pick();
    return running?.handle(request, signal) ?? Promise.reject(notRunning(this.name, this.state));
  }

  /** Waits for its first incarnation. */
  async created(): Promise<Applied> {
    return this.#applied("created", await this.#succession.settle());
  }

  /** Makes it what `workload` says; `begun` is called as soon as that is under way, with what is to come of it. */
  apply(
    workload: Workload,
    prepared: PreparedWorkload,
    begun: (applied: Applied) => void,
  ): Promise<Applied> {
    return this.#operate(async () => {
      const { replicas, prepared: present } = this.#serving;
      const isSame =
        isSameWorkload(workload, this.workload) &&
        prepared.digests.join() === present.digests.join();
      if (isSame && (this.#isStopped || workload.replicas === replicas.length)) {
        this.#version.repeat(workload);
        return this.#applied("unchanged");
      }
      // Taken before anything starts, so that nobody else gets it meanwhile.
      const route = workload.http && this.#parts.route(workload.http, this);
      begun({ outcome: "replaced", status: this.status, reason: undefined });
      if (isSame) return await this.#scale(workload, route);
      return await this.#replace(workload, prepared, route);
    });
  }

  /**
   * Starts it where its service does not run; comes back when it is ready, or cannot become so. Rejects with
   * `OperationError` (`conflict`) where components answer and would not any more.
   */
  async start(): Promise<void> {
    await this.#operate(async () => {
      if (["completed", "error"].includes(this.state.tag)) await this.#renew("start");
    });
    await this.#succession.settle();
  }

  /** Replaces it by a fresh incarnation of itself. Rejects with `OperationError` (`conflict`) where that does not get ready. */
  async restart(): Promise<void> {
    await this.#operate(() => this.#renew("restart"));
    await this.#succession.settle();
  }

  /** Drains and stops it, in at most that time also where it is being stopped already. */
  async stop(gracePeriod: number = this.workload.terminationGracePeriod): Promise<void> {
    if (this.#isStopped) this.hasten(gracePeriod);
    // What is being started beside it would be stopped as soon as it is ready.
    using _hurried = this.#succession.hurry();
    await this.#operate(async () => {
      if (this.#isStopped) return;
      this.#isStopped = true;
      this.wayIn.setTargets([]);
      await this.#succession.drain(gracePeriod);
      for (const replica of this.replicas) replica.note(STOPPED);
    });
  }

  /** Drains and stops it for good: what is asked of it from now on fails with `cause`. Never rejects. */
  async end(
    cause: OperationError,
    gracePeriod: number = this.workload.terminationGracePeriod,
  ): Promise<void> {
    this.#ended.abort(cause);
    this.wayIn.close();
    // What is being done with it ends by itself now; it may leave something that drains.
    await Promise.all([this.#succession.drain(gracePeriod), this.#serially(async () => {})]);
    await this.#succession.drain(0);
    this.#version[Symbol.dispose]();
    await this.volumes[Symbol.asyncDispose]();
    await this.#log[Symbol.asyncDispose]();
  }

  /** Whatever of it drains has no more than that time. */
  hasten(gracePeriod: number = this.workload.terminationGracePeriod): void {
    void this.#succession.drain(gracePeriod);
  }

  /** Its replicas have other cells or states: connections from outside go to those, wait for them, or do not. */
  noteCells(): void {
    const replicas = this.#isStopped ? [] : this.replicas;
    this.wayIn.setTargets(replicas.flatMap(({ running }) => running?.wayIn ?? []));
  }

  /** What events call the replica with that index. */
  nameOf(index: number): string {
    return this.workload.replicas === 1 ? this.name : `${this.name}#${index + 1}`;
  }

  get #serving(): Incarnation {
    return this.#succession.serving;
  }

  #operate<T>(operation: () => Promise<T>): Promise<T> {
    return this.#serially(() => {
      this.#ended.signal.throwIfAborted();
      return operation();
    });
  }

  async #replace(
    workload: Workload,
    prepared: PreparedWorkload,
    route: Disposable | undefined,
  ): Promise<Applied> {
    using stack = new DisposableStack();
    stack.use(route);
    const next = this.#incarnate(prepared, workload.replicas);
    const reason = await this.#succession.prove(next);
    if (reason !== undefined) return this.#applied("kept", reason);
    stack.move();
    const { terminationGracePeriod } = this.workload;
    this.#version.adopt(workload, route);
    this.#switchTo(next, terminationGracePeriod);
    return this.#applied("replaced", await this.#succession.settle());
  }

  async #scale(workload: Workload, route: Disposable | undefined): Promise<Applied> {
    this.#version.adopt(workload, route);
    this.#succession.scale(workload.replicas, workload.terminationGracePeriod);
    this.noteCells();
    return this.#applied("replaced", await this.#succession.settle());
  }

  /** Replaces the incarnation by one that is the same. Rejects with `OperationError`, and keeps it, where that cannot serve. */
  async #renew(what: "start" | "restart"): Promise<void> {
    const next = this.#incarnate(this.#serving.prepared, this.workload.replicas);
    const reason = await this.#succession.prove(next);
    if (reason !== undefined) {
      const message = `Cannot ${what} ${this.name}: ${reason}. What ran before goes on`;
      throw new OperationError("conflict", message);
    }
    this.#switchTo(next, this.workload.terminationGracePeriod);
  }

  #switchTo(next: Incarnation, gracePeriod: number): void {
    this.#isStopped = false;
    this.#succession.switchTo(next, gracePeriod);
    this.noteCells();
    for (const replica of next.replicas) this.#tell(replica, replica.state);
  }

  #applied(outcome: Applied["outcome"], reason?: string): Applied {
    const isFailed = reason !== undefined && outcome !== "kept";
    return { outcome: isFailed ? "failed" : outcome, status: this.status, reason };
  }

  #incarnate(prepared: PreparedWorkload, count: number): Incarnation {
    return incarnate(this, prepared, count, this.#parts, (replica, state) => {
      if (this.replicas.includes(replica)) this.#tell(replica, state);
    });
  }

  #tell({ index }: Replica, state: WorkloadState): void {
    this.log.say(`${state.tag}: ${state.reason}`, index);
    this.#parts.emit({ tag: "state", workload: this.nameOf(index), state });
  }
}
