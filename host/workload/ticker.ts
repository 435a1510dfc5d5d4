import type { Clock } from "../engine/clock.ts";

/** The tickers of a clock that have members, by their periods. */
const TICKERS = new WeakMap<Clock, Map<number, Ticker>>();

/** Calls all of its members together, again and again: one timer for hundreds of cells. It has none without members. */
export class Ticker {
  /** The ticker of `clock` that calls every `period` milliseconds. */
  static of(clock: Clock, period: number): Ticker {
    let tickers = TICKERS.get(clock);
    if (tickers === undefined) TICKERS.set(clock, (tickers = new Map()));
    let ticker = tickers.get(period);
    if (ticker === undefined) tickers.set(period, (ticker = new Ticker(clock, period)));
    return ticker;
  }

  readonly period: number;
  readonly #clock: Clock;
  readonly #members = new Set<() => void>();
  #cancel: (() => void) | undefined;

  private constructor(clock: Clock, period: number) {
    this.#clock = clock;
    this.period = period;
  }

  /** Calls `member` from the next tick on, which may be close. */
  add(member: () => void): void {
    this.#members.add(member);
    this.#cancel ??= this.#clock.after(this.period, this.#tick);
  }

  delete(member: () => void): void {
    this.#members.delete(member);
    if (this.#members.size > 0) return;
    this.#cancel?.();
    this.#cancel = undefined;
    TICKERS.get(this.#clock)?.delete(this.period);
  }

  readonly #tick = (): void => {
    // Before the calls, which may leave and join.
    this.#cancel = this.#clock.after(this.period, this.#tick);
    for (const member of this.#members) member();
  };
}
