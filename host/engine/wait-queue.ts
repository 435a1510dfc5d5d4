import { TurnoverList } from "../network/turnover.ts";
import { type Clock } from "./clock.ts";

/** One who waits, once taken out of the queue. */
export interface Waiter<T> {
  readonly resolve: (value: T) => void;
  readonly reject: (error: unknown) => void;
}

interface Entry<T> extends Waiter<T> {
  readonly since: number;
  ticket: number;
}

/** Those who wait for something, in the order in which they came; its owner bounds it. */
export class WaitQueue<T> {
  readonly #clock: Clock;
  readonly #entries = new TurnoverList<Entry<T>>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get size(): number {
    return this.#entries.size;
  }

  /** Waits behind all others, until `signal` aborts: then it leaves the queue. */
  add(signal: AbortSignal | undefined): Promise<T> {
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    const abort = (): void => {
      this.#entries.delete(entry.ticket);
      reject(signal?.reason);
    };
    const entry: Entry<T> = {
      since: this.#clock.now(),
      ticket: 0,
      resolve: (value) => {
        signal?.removeEventListener("abort", abort);
        resolve(value);
      },
      reject: (error) => {
        signal?.removeEventListener("abort", abort);
        reject(error);
      },
    };
    signal?.addEventListener("abort", abort, { once: true });
    entry.ticket = this.#entries.add(entry);
    return promise;
  }

  /** Takes out the one who has waited for longest. */
  shift(): Waiter<T> | undefined {
    const entry = this.#entries.first();
    if (entry !== undefined) this.#entries.delete(entry.ticket);
    return entry;
  }

  /** Milliseconds that the first has waited; 0 if nobody does. */
  waited(): number {
    const entry = this.#entries.first();
    return entry === undefined ? 0 : this.#clock.now() - entry.since;
  }

  rejectAll(error: unknown): void {
    for (let waiter = this.shift(); waiter !== undefined; waiter = this.shift()) {
      waiter.reject(error);
    }
  }
}
