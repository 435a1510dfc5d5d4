import type { Clock } from "../../engine/clock.ts";
import type { SpliceLimit } from "../../network/splice/splice.ts";

/**
 * A token bucket: `rate` bytes a second on average, and bursts of what a second gives.
 * A chunk always goes as a whole; what it takes too much is waited for before the next.
 */
export class RateLimit implements SpliceLimit {
  readonly #rate: number;
  readonly #clock: Clock;
  #tokens: number;
  #filledAt: number;

  /** `rate` is at least 1. */
  constructor(rate: number, clock: Clock) {
    this.#rate = rate;
    this.#clock = clock;
    this.#tokens = rate;
    this.#filledAt = clock.now();
  }

  take(bytes: number): number {
    const now = this.#clock.now();
    const earned = ((now - this.#filledAt) * this.#rate) / 1000;
    this.#filledAt = now;
    this.#tokens = Math.min(this.#rate, this.#tokens + earned) - bytes;
    return this.#tokens >= 0 ? 0 : (-this.#tokens * 1000) / this.#rate;
  }
}
