import { type Clock, SYSTEM_CLOCK } from "../engine/clock.ts";
import { Ticker } from "./ticker.ts";

// Words of the memory that a cell shares with its clock.
const FLAG = 0;
const ANSWERS = 1;

/** How often a cell at work is asked to look up, in milliseconds: the longest that its other guests wait for a busy one. */
const PERIOD = 20;
/** Periods without any sign of work after which the clock slows down. */
const REST_AFTER = 50;
/** How often a cell at rest is asked, so that a guest is noticed that begins to spin by itself; milliseconds. */
const REST_PERIOD = 500;

/** The words of an interrupt flag, as both threads see them. */
export function wordsOf(flag: WebAssembly.Memory): Int32Array {
  return new Int32Array(flag.buffer, 0, 2);
}

/** Lowers the flag, and counts for the clock that somebody saw it. */
export function answerInterrupt(words: Int32Array): void {
  Atomics.store(words, FLAG, 0);
  Atomics.add(words, ANSWERS, 1);
}

/**
 * Raises a cell's interrupt flag, from another thread than the cell's: often while guests of the cell are at work,
 * now and then while they seem to be at rest. What a guest makes of it is `GuestInterrupt`'s affair.
 */
export class InterruptClock implements Disposable {
  readonly #words: Int32Array;
  readonly #isBusy: () => boolean;
  readonly #clock: Clock;
  #answers = 0;
  #idle = 0;
  #ticker: Ticker | undefined;

  /** `isBusy` tells whether the cell has work from outside. */
  constructor(flag: WebAssembly.Memory, isBusy: () => boolean, clock: Clock = SYSTEM_CLOCK) {
    this.#words = wordsOf(flag);
    this.#isBusy = isBusy;
    this.#clock = clock;
    this.#tickEvery(REST_PERIOD);
  }

  /** The cell gets work. Cheap enough for each request. */
  wake(): void {
    this.#idle = 0;
    if (this.#ticker?.period === REST_PERIOD) this.#tickEvery(PERIOD);
  }

  [Symbol.dispose](): void {
    this.#ticker?.delete(this.#tick);
    this.#ticker = undefined;
  }

  #tickEvery(period: number): void {
    if (this.#ticker?.period === period) return;
    this.#ticker?.delete(this.#tick);
    this.#ticker = Ticker.of(this.#clock, period);
    this.#ticker.add(this.#tick);
  }

  readonly #tick = (): void => {
    const answers = Atomics.load(this.#words, ANSWERS);
    this.#idle = answers !== this.#answers || this.#isBusy() ? 0 : this.#idle + 1;
    this.#answers = answers;
    const isResting = this.#ticker?.period === REST_PERIOD;
    Atomics.store(this.#words, FLAG, 1);
    this.#tickEvery(this.#idle > (isResting ? 0 : REST_AFTER) ? REST_PERIOD : PERIOD);
  };
}
