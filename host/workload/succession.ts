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
  /** Aborted while nothing is waited for to get ready. */
  #haste = new AbortController();
  #hurries = 0;
  readonly #onRest: () => void;
  /** Whether something is to take the place of what serves, and gets ready beside it. */
  #isProving = false;

  /**
   * Nothing is waited for once `signal` has aborted. `onRest` is called where `atRest` may have become another without
   * a change of state.
   */
  constructor(first: Incarnation, signal: AbortSignal, onRest: () => void = () => {}) {
    this.#serving = first;
    this.#signal = signal;
    this.#onRest = onRest;
  }

  get serving(): Incarnation {
    return this.#serving;
  }

  /** Why neither what serves nor what is to follow it comes to listen by itself, a clause; undefined while one may. */
  get atRest(): string | undefined {
    return this.#isProving ? undefined : this.#serving.atRest;
  }

  /** Waits for what serves, whichever that is by then, as `Incarnation.settle`. */
  async settle(): Promise<string | undefined> {
    for (;;) {
      const serving = this.#serving;
      const reason = await this.#wait(serving);
      if (serving === this.#serving) return reason;
    }
  }

  /**
   * Waits until `next` could serve, where something is lost otherwise. Resolves with why it cannot, a sentence; it is
   * given up then. Rejects with the signal's reason.
   */
  async prove(next: Incarnation): Promise<string | undefined> {
    if (!this.#serving.isServing) return undefined;
    let isGivenUp = true;
    this.#isProving = true;
    try {
      const reason = await this.#wait(next);
      // Where all is about to be stopped, or what served does not any more, nothing is lost by it.
      const isLoss = this.#serving.isServing && !this.#haste.signal.aborted;
      isGivenUp = reason !== undefined && isLoss;
      return isGivenUp ? reason : undefined;
    } finally {
      this.#isProving = false;
      if (isGivenUp) {
        this.#retire(next, 0);
        this.#onRest();
      }
    }
  }

  /** All is about to be stopped: nothing is waited for to get ready, until the result is disposed. */
  hurry(): Disposable {
    this.#hurries += 1;
    this.#haste.abort(HURRIED);
    return {
      [Symbol.dispose]: () => {
        this.#hurries -= 1;
        if (this.#hurries === 0) this.#haste = new AbortController();
      },
    };
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

  async #wait(incarnation: Incarnation): Promise<string | undefined> {
    try {
      return await incarnation.settle(this.#signal, this.#haste.signal);
    } catch (error) {
      if (error !== HURRIED) throw error;
      const { tag } = incarnation.state;
      return tag === "running" || tag === "completed" ? undefined : HURRIED.message;
    }
  }

  #retire(old: Drainable, gracePeriod: number): void {
    this.#retired.add(old);
    void old.drain(gracePeriod).then(() => this.#retired.delete(old));
  }
}

/** What nobody waits for any more. */
const HURRIED = new Error("It was stopped before it was ready");
