import type { RunningWorkload } from "./running-workload.ts";
import type { WorkloadState } from "./state.ts";
import type { ReplicaStatus } from "./status.ts";
import { TransitionLog } from "./transition-log.ts";

/** Runs a task when it is its turn. */
export type Gate = <T>(task: () => Promise<T>) => Promise<T>;

export interface ReplicaOptions {
  /** From 0. */
  readonly index: number;
  /** Lets so many replicas of the host start at a time. */
  readonly gate: Gate;
  readonly start: (onState: (state: WorkloadState) => void) => RunningWorkload;
  /** Told of each change, the first `starting` excepted. */
  readonly onState: (state: WorkloadState) => void;
}

/** One of the equal copies of a workload: it waits for its turn to start, then it runs until it is drained. */
export class Replica {
  readonly index: number;
  readonly transitions: TransitionLog = new TransitionLog();
  /** Settles when its first cell has loaded, or will not any more. */
  readonly begun: Promise<void>;
  readonly #options: ReplicaOptions;
  #running: RunningWorkload | undefined;
  #isRetired = false;

  constructor(options: ReplicaOptions) {
    this.#options = options;
    this.index = options.index;
    this.transitions.add(FIRST);
    this.begun = options.gate(() => this.#begin());
  }

  get state(): WorkloadState {
    return this.transitions.state ?? FIRST;
  }

  get isAnswering(): boolean {
    return this.#running?.isAnswering === true;
  }

  /** Requests and streams that are under way. */
  get load(): number {
    return this.#running?.load ?? 0;
  }

  /** `address:port` of all that its service listens on. */
  get ports(): readonly string[] {
    return this.#running?.ports ?? [];
  }

  /** What runs; undefined before its turn. */
  get running(): RunningWorkload | undefined {
    return this.#running;
  }

  get status(): ReplicaStatus {
    const vitals = this.#running?.vitals;
    return {
      index: this.index,
      state: this.state,
      transitions: this.transitions.entries,
      restarts: this.#running?.restarts ?? 0,
      cpuTime: vitals?.cpuTime,
      requests: this.load,
      heap: vitals?.heap,
    };
  }

  /** As `RunningWorkload.drain`; one whose turn has not come never starts. */
  async drain(gracePeriod: number): Promise<void> {
    const isFirst = !this.#isRetired;
    this.#isRetired = true;
    if (isFirst && this.#running === undefined) this.note({ tag: "stopping", reason: "Stopping" });
    await this.#running?.drain(gracePeriod);
  }

  /** Takes note of a state that it is in from now on, and tells of it. */
  note(state: WorkloadState): void {
    this.transitions.add(state);
    this.#options.onState(state);
  }

  async #begin(): Promise<void> {
    if (this.#isRetired) return;
    try {
      this.#running = this.#options.start((state) => this.note(state));
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      this.note({ tag: "error", reason: `Cannot start: ${reason}` });
      return;
    }
    await this.#running.begun;
  }
}

const FIRST: WorkloadState = { tag: "starting", reason: "Starting" };
