import type { Incarnation } from "./incarnation.ts";

/** Something that can be drained, again with less time. */
interface Drainable {
  drain(gracePeriod: number): Promise<void>;
}

/** Which incarnation of a workload serves, and what of the former ones still drains. */
export class Succession {
  readonly #retired = new Set<Drainable>();
  readonly #signal: AbortSignal;
  #serving: Incarnation;

  /** Nothing is waited for once `signal` has aborted. */
  constructor(first: Incarnation, signal: AbortSignal) {
    this.#serving = first;
    this.#signal = signal;
  }

  get serving(): Incarnation {
    return this.#serving;
  }

  /** Waits for what serves, as `Incarnation.settle`. */
  settle(): Promise<string | undefined> {
    return this.#serving.settle(this.#signal);
  }

  /**
   * Waits until `next` could serve, where something is lost otherwise. Resolves with why it cannot, a sentence; it is
   * given up then. Rejects with the signal's reason.
   */
  async prove(next: Incarnation): Promise<string | undefined> {
    if (!this.#serving.isServing) return undefined;
    let reason: string | undefined = "It was not waited for";
    try {
      reason = await next.settle(this.#signal);
    } finally {
      if (reason !== undefined) this.#retire(next, 0);
    }
    return reason;
  }

  /** From here on `next` serves; what served before drains meanwhile. */
  switchTo(next: Incarnation, gracePeriod: number): void {
    const old = this.#serving;
    next.follow(old);
    this.#serving = next;
    this.#retire(old, gracePeriod);
  }

  /** Makes what serves have `count` replicas; those that are too many drain meanwhile. */
  scale(count: number, gracePeriod: number): void {
    for (const replica of this.#serving.scale(count)) this.#retire(replica, gracePeriod);
  }

  /** Drains all there is, in at most that time. */
  async drain(gracePeriod: number): Promise<void> {
    const all = [this.#serving, ...this.#retired];
    await Promise.all(all.map((each) => each.drain(gracePeriod)));
  }

  #retire(old: Drainable, gracePeriod: number): void {
    this.#retired.add(old);
    void old.drain(gracePeriod).then(() => this.#retired.delete(old));
  }
}
