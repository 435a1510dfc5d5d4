import { performance } from "node:perf_hooks";

/** Tells whether this thread could do more work at once. */
export interface SpareTime {
  /** Begins to look. */
  start(): void;
  /** Whether the thread has waited for something to do for a good part of the time since `start`. */
  hasAny(): boolean;
}

/** A thread that was busy for more than this share of the time has none to spare. */
const BUSY_FROM = 0.8;

/** The spare time of this thread's event loop. */
export class LoopSpareTime implements SpareTime {
  #since = performance.eventLoopUtilization();

  start(): void {
    this.#since = performance.eventLoopUtilization();
  }

  hasAny(): boolean {
    return performance.eventLoopUtilization(this.#since).utilization < BUSY_FROM;
  }
}
