import type { CancelSignal } from "../../network/cancel-signal.ts";
import { TurnoverList } from "../../network/turnover.ts";

export interface GateLimits {
  /** Requests that one workload answers at a time, all of its replicas together. */
  readonly inFlight: number;
  /** Requests that may wait for their turn beyond those. */
  readonly queue: number;
  /** The longest that one waits, in milliseconds. */
  readonly queueTimeout: number;
}

/** Bounds the requests that one workload has in flight; the rest wait in turn, and what finds the queue full is refused. */
export class Gate {
  readonly #limits: GateLimits;
  readonly #waiting = new TurnoverList<() => void>();
  #inFlight = 0;

  constructor(limits: GateLimits) {
    this.#limits = limits;
  }

  get inFlight(): number {
    return this.#inFlight;
  }

  get queued(): number {
    return this.#waiting.size;
  }

  /** Takes a place at once, or none; whoever took one leaves again. */
  tryEnter(): boolean {
    if (this.#inFlight >= this.#limits.inFlight) return false;
    this.#inFlight += 1;
    return true;
  }

  /** Waits for a place; false where the queue is full, where it takes too long, or where `signal` aborts. */
  enter(signal: CancelSignal): Promise<boolean> {
    if (this.tryEnter()) return Promise.resolve(true);
    if (this.#waiting.size >= this.#limits.queue || signal.aborted) return Promise.resolve(false);
    return new Promise((resolve) => {
      const settle = (entered: boolean): void => {
        clearTimeout(timer);
        signal.removeEventListener("abort", giveUp);
        this.#waiting.delete(ticket);
        resolve(entered);
      };
      const giveUp = (): void => settle(false);
      const admit = (): void => settle(true);
      const timer = setTimeout(giveUp, this.#limits.queueTimeout);
      const ticket = this.#waiting.add(admit);
      signal.addEventListener("abort", giveUp, { once: true });
    });
  }

  /** Gives a place back: to whoever has waited longest, if anybody waits. */
  leave(): void {
    const next = this.#waiting.first();
    if (next === undefined) this.#inFlight -= 1;
    else next();
  }
}
