import { SYSTEM_CLOCK } from "../engine/clock.ts";
import { WaitList } from "../network/wait-list.ts";
import { formatDuration } from "./format-duration.ts";
import type { PreparedWorkload } from "./prepare.ts";
import { LISTEN_GRACE } from "./readiness.ts";
import type { Replica } from "./replica.ts";
import type { RunningWorkload } from "./running-workload.ts";
import { describeStanding, type WorkloadState, worstState } from "./state.ts";

/** How long a workload that does not say so may take to get ready, in milliseconds. */
const READY_WITHIN = 10_000;

/** States from which a replica does not come back by itself. */
const OVER: ReadonlySet<WorkloadState["tag"]> = new Set(["completed", "stopping", "error"]);

export interface IncarnationOptions {
  readonly prepared: PreparedWorkload;
  /** How many replicas it begins with. */
  readonly count: number;
  /** Makes the replica with that index, and calls `onState` at each change of its state. */
  readonly createReplica: (index: number, onState: (state: WorkloadState) => void) => Replica;
  /** A replica of it changed its state. */
  readonly onState: (replica: Replica, state: WorkloadState) => void;
}

/** The replicas of one version of a workload, from the start of that version to its end. */
export class Incarnation {
  readonly prepared: PreparedWorkload;
  /** Notified when a replica changes its state. */
  readonly whenChanged: WaitList = new WaitList();
  readonly #options: IncarnationOptions;
  #replicas: readonly Replica[] = [];
  #turn = 0;

  constructor(options: IncarnationOptions) {
    this.prepared = options.prepared;
    this.#options = options;
    this.#grow(options.count);
  }

  get replicas(): readonly Replica[] {
    return this.#replicas;
  }

  get state(): WorkloadState {
    return worstState(this.#replicas.map(({ state }) => state));
  }

  /** Why none of its replicas comes to listen by itself any more, a clause; undefined while one may. */
  get atRest(): string | undefined {
    const isOver = this.#replicas.every(({ state }) => OVER.has(state.tag));
    return isOver ? describeStanding(this.state) : undefined;
  }

  /** Whether a replica takes requests. */
  get isAnswering(): boolean {
    return this.#replicas.some((replica) => replica.isAnswering);
  }

  /** Whether there is something to lose: a replica that is ready or answers. */
  get isServing(): boolean {
    return this.#replicas.some(({ state, isAnswering }) => state.tag === "running" || isAnswering);
  }

  /** The replica that answers with the least to do, those with equally little in turn; undefined where none answers. */
  pick(): RunningWorkload | undefined {
    const replicas = this.#replicas;
    let best: RunningWorkload | undefined;
    this.#turn += 1;
    for (let step = 0; step < replicas.length; step += 1) {
      const running = replicas[(this.#turn + step) % replicas.length]?.running;
      if (running?.isAnswering !== true) continue;
      if (best === undefined || running.load < best.load) best = running;
    }
    return best;
  }

  /**
   * Waits until all replicas are ready, or one cannot become so in the time that it has. Resolves with undefined,
   * or with why not: a sentence. Rejects with the reason of the first signal that aborts.
   */
  async settle(...signals: readonly AbortSignal[]): Promise<string | undefined> {
    const aborted = Promise.withResolvers<never>();
    const abort = (): void => aborted.reject(signals.find((one) => one.aborted)?.reason);
    for (const signal of signals) signal.throwIfAborted();
    for (const signal of signals) signal.addEventListener("abort", abort, { once: true });
    let isLate = false;
    let cancel: (() => void) | undefined;
    try {
      await Promise.race([aborted.promise, Promise.all(this.#replicas.map(({ begun }) => begun))]);
      const limit = (this.prepared.readiness?.timeout ?? READY_WITHIN) + LISTEN_GRACE;
      cancel = SYSTEM_CLOCK.after(limit, () => {
        isLate = true;
        this.whenChanged.notify();
      });
      for (;;) {
        const { tag, reason } = this.state;
        if (tag === "running" || tag === "completed") return undefined;
        if (tag === "error" || tag === "stopping") return reason;
        if (isLate) return `Not ready after ${formatDuration(limit)}: ${reason}`;
        await Promise.race([aborted.promise, this.#changed()]);
      }
    } finally {
      for (const signal of signals) signal.removeEventListener("abort", abort);
      cancel?.();
    }
  }

  /** Makes it have `count` replicas: starts more, or gives up the last ones, which it returns to be drained. */
  scale(count: number): readonly Replica[] {
    const excess = this.#replicas.slice(count);
    this.#replicas = this.#replicas.slice(0, count);
    this.#grow(count);
    this.whenChanged.notify();
    return excess;
  }

  /** Continues what was noted of the replicas of `earlier`. */
  follow(earlier: Incarnation): void {
    for (const replica of this.#replicas) {
      const before = earlier.replicas[replica.index];
      if (before !== undefined) replica.transitions.follow(before.transitions);
    }
  }

  /** Drains all replicas, as `RunningWorkload.drain`. */
  async drain(gracePeriod: number): Promise<void> {
    await Promise.all(this.#replicas.map((replica) => replica.drain(gracePeriod)));
  }

  #grow(count: number): void {
    const added: Replica[] = [];
    for (let index = this.#replicas.length; index < count; index += 1) {
      const replica: Replica = this.#options.createReplica(index, (state) => {
        this.#options.onState(replica, state);
        this.whenChanged.notify();
      });
      added.push(replica);
    }
    this.#replicas = [...this.#replicas, ...added];
  }

  #changed(): Promise<void> {
    return new Promise((resolve) => this.whenChanged.add(resolve));
  }
}
