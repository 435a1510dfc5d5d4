import type { Clock } from "../../engine/clock.ts";

/** Attempts that may be made at once, and milliseconds until another one is earned. */
const BURST = 10;
const INTERVAL = 500;

/**
 * Attempts to connect that all tunnels to one server share: a server that comes back is not run over
 * by those who wait for it, however many they are.
 */
export class RetryBudget {
  readonly #clock: Clock;
  /** When the budget is whole again, in milliseconds of the clock. */
  #wholeAt: number;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#wholeAt = clock.now();
  }

  /** Takes one attempt, and returns the milliseconds to wait before it may be made. */
  take(): number {
    const now = this.#clock.now();
    this.#wholeAt = Math.max(this.#wholeAt, now) + INTERVAL;
    return Math.max(0, this.#wholeAt - now - BURST * INTERVAL);
  }
}
