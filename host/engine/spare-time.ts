import { performance } from "node:perf_hooks";

/** Tells whether this thread could do more work at once. */
export interface SpareTime {
  /** Begins to look. */
  start(): void;
  /** Whether the thread has waited for something to do for a good part of the time since `start`, and of late. */
  hasAny(): boolean;
}

/** A thread that was busy for more than this share of the time has none to spare. */
const BUSY_FROM = 0.8;

/**
 * Milliseconds that are "of late" at least, where it was looked for so long: a busy thread that had nothing to do for a
 * moment, because another one was held up, has no time to spare.
 */
const LATE = 250;

/** Milliseconds that a loop has waited and worked, as `performance.eventLoopUtilization` has them. */
export interface LoopTimes {
  readonly idle: number;
  readonly active: number;
}

/** The spare time of an event loop, this thread's if no other is given. */
export class LoopSpareTime implements SpareTime {
  readonly #read: () => LoopTimes;
  #since: LoopTimes;
  /** Where "of late" begins, and where it begins once that is long enough ago. */
  #late: LoopTimes;
  #nextLate: LoopTimes;

  constructor(read: () => LoopTimes = () => performance.eventLoopUtilization()) {
    this.#read = read;
    this.#since = read();
    this.#late = this.#since;
    this.#nextLate = this.#since;
  }

  start(): void {
    this.#since = this.#read();
    if (timeBetween(this.#nextLate, this.#since) < LATE) return;
    this.#late = this.#nextLate;
    this.#nextLate = this.#since;
  }

  hasAny(): boolean {
    const now = this.#read();
    return hasWaited(this.#since, now) && hasWaited(this.#late, now);
  }
}

function timeBetween(from: LoopTimes, to: LoopTimes): number {
  return to.active + to.idle - from.active - from.idle;
}

function hasWaited(from: LoopTimes, to: LoopTimes): boolean {
  return to.active - from.active < BUSY_FROM * timeBetween(from, to);
}
