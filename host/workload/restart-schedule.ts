import type { RestartPolicy } from "../manifest/workload.ts";

/** How one run ended, for the decision about the next. */
export interface EndedRun {
  readonly failed: boolean;
  /** Whether it had become ready. */
  readonly ready: boolean;
  /** Milliseconds from its start to its end. */
  readonly uptime: number;
}

export type NextRun =
  /** Run again after `delay` milliseconds; this is the restart number `count` of the present budget. */
  | { readonly tag: "restart"; readonly delay: number; readonly count: number }
  /** The policy wants no further run. */
  | { readonly tag: "done" }
  /** The policy wants one, but `count` restarts are all there were. */
  | { readonly tag: "exhausted"; readonly count: number };

/** What a workload without a service follows: its thread always comes back. */
export const COMPONENTS_ONLY: RestartOptions = {
  maxRestarts: Number.POSITIVE_INFINITY,
  restart: { policy: "always", backoff: { initial: 100, max: 10_000 }, healthyAfter: 60_000 },
};

export interface RestartOptions {
  readonly maxRestarts: number;
  readonly restart: RestartPolicy;
}

/**
 * Decides when a service runs again.
 *
 * A run that had become ready is followed at once, though never sooner than `backoff.initial` after its own start,
 * so that a service that listens and dies does not keep a processor busy.
 * A run that never became ready is followed after `backoff.initial`, doubled for each such run in a row up to
 * `backoff.max`, a fifth more or less by chance, so that workloads that failed together do not return together.
 * After a run that was ready and lasted for at least `healthyAfter` the budget of `maxRestarts` and the wait are as at the beginning.
 */
export class RestartSchedule {
  readonly #options: RestartOptions;
  readonly #random: () => number;
  #restarts = 0;
  /** Runs in a row that never became ready. */
  #unready = 0;

  constructor(options: RestartOptions, random: () => number = Math.random) {
    this.#options = options;
    this.#random = random;
  }

  next(run: EndedRun): NextRun {
    const { restart, maxRestarts } = this.#options;
    if (restart.policy === "never" || (restart.policy === "on-failure" && !run.failed)) {
      return { tag: "done" };
    }
    if (run.ready && run.uptime >= restart.healthyAfter) {
      this.#restarts = 0;
      this.#unready = 0;
    }
    if (this.#restarts >= maxRestarts) return { tag: "exhausted", count: this.#restarts };
    this.#restarts += 1;
    return { tag: "restart", delay: this.#delay(run), count: this.#restarts };
  }

  #delay(run: EndedRun): number {
    const { initial, max } = this.#options.restart.backoff;
    if (run.ready) {
      this.#unready = 0;
      return Math.max(0, initial - run.uptime);
    }
    this.#unready += 1;
    const wait = Math.min(max, initial * 2 ** (this.#unready - 1));
    return Math.min(max, wait * (1 + JITTER * (2 * this.#random() - 1)));
  }
}

const JITTER = 0.2;
