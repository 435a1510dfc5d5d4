import type { Clock } from "./clock.ts";
import type { SpareTime } from "./spare-time.ts";

const AFTER_MS = 20;
/** Instances made at once; one takes about a millisecond. */
const STEP = 4;
/** Without an instance that comes back for so long, those that there are wait for something or run for long. */
const STUCK_AFTER_MS = 250;

const ALWAYS_SPARE: SpareTime = { start: () => {}, hasAny: () => true };

export interface OverflowOptions {
  readonly clock: Clock;
  /** Milliseconds that a call waits before it gets an instance more; 20 if not given. */
  readonly after: number | undefined;
  /** Whether more at once would help; if it is not given, it always would. */
  readonly spareTime: SpareTime | undefined;
  /** Milliseconds that the first call has waited; 0 if none does. */
  readonly waited: () => number;
  /** Whether calls wait, and there is room for one instance more. */
  readonly mayBegin: () => boolean;
  /** Makes an instance. */
  readonly begin: () => void;
}

/**
 * Decides when a pool gets instances beyond its size: for calls that have waited long enough, where the thread has time
 * to spare. A thread that is busy answers no more calls with more instances, unless those that there are do not come back.
 */
export class Overflow implements Disposable {
  readonly #options: OverflowOptions;
  readonly #after: number;
  readonly #spareTime: SpareTime;
  /** When an instance came back for the last time, or waiting began. */
  #lastReturn = 0;
  #cancel: (() => void) | undefined;

  constructor(options: OverflowOptions) {
    this.#options = options;
    this.#after = options.after ?? AFTER_MS;
    this.#spareTime = options.spareTime ?? ALWAYS_SPARE;
  }

  /** To be called when calls wait. A timer that is armed stays: returning instances must not put it off. */
  schedule(): void {
    const { clock, waited, mayBegin } = this.#options;
    if (this.#cancel !== undefined || !mayBegin()) return;
    this.#lastReturn = clock.now();
    this.#arm(this.#after - waited());
  }

  /** An instance came back. */
  returned(): void {
    this.#lastReturn = this.#options.clock.now();
  }

  [Symbol.dispose](): void {
    this.#cancel?.();
  }

  #arm(delay: number): void {
    const { clock, waited, mayBegin } = this.#options;
    this.#spareTime.start();
    this.#cancel = clock.after(Math.max(0, delay), () => {
      this.#cancel = undefined;
      if (this.#wouldHelp()) this.#begin();
      if (!mayBegin()) return;
      const left = this.#after - waited();
      this.#arm(left > 0 ? left : this.#after);
    });
  }

  #wouldHelp(): boolean {
    const isStuck = this.#options.clock.now() - this.#lastReturn >= STUCK_AFTER_MS;
    return isStuck || this.#spareTime.hasAny();
  }

  #begin(): void {
    const { waited, mayBegin, begin } = this.#options;
    for (let made = 0; made < STEP && mayBegin() && waited() >= this.#after; made += 1) begin();
  }
}
