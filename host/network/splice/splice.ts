import type { SpliceEnd, SpliceListener } from "./end.ts";

/** Time as a splice sees it; `host/engine/clock.ts` has the same shape. Milliseconds. */
interface SpliceClock {
  now(): number;
  after(delay: number, action: () => void): () => void;
}

/** Bounds how fast bytes move; several splices may share one. */
export interface SpliceLimit {
  /** Counts `bytes` that moved, and returns the milliseconds to wait before more may. */
  take(bytes: number): number;
}

export interface SpliceOptions {
  readonly clock: SpliceClock;
  readonly limit?: SpliceLimit | undefined;
  /** Milliseconds without a byte after which both ends are reset; without it, as long as they like. */
  readonly idleTimeout?: number | undefined;
  /** The same, once one of the directions ended; 60 seconds by default. */
  readonly halfOpenTimeout?: number | undefined;
  /** Called with each chunk's length, in the direction in which it moved. */
  readonly onBytes?: ((direction: SpliceDirection, bytes: number) => void) | undefined;
}

/** `forth` from the first end to the second, `back` from the second to the first. */
export type SpliceDirection = "forth" | "back";

/** How a splice came to its end. */
export type SpliceOutcome =
  /** Both directions ended in order. */
  | { readonly tag: "ended" }
  /** One of the connections broke, and the other was reset; `by` is the direction that it fed. */
  | { readonly tag: "broken"; readonly by: SpliceDirection; readonly failure: Error }
  | { readonly tag: "timeout" }
  /** It was disposed. */
  | { readonly tag: "stopped" };

/** A joint of two connections that runs. Disposing it resets both. */
export interface Splice extends Disposable {
  /** Fulfils when it is over; never rejects. */
  readonly done: Promise<SpliceOutcome>;
}

/**
 * Joins two connections: what comes in at one goes out at the other, in both directions.
 * The end of a direction is passed on alone (half-close), a broken connection breaks the other one with a reset,
 * and an end that takes no more bytes stops the other one from being read.
 */
export function splice(first: SpliceEnd, second: SpliceEnd, options: SpliceOptions): Splice {
  return new RunningSplice(first, second, options);
}

const HALF_OPEN_TIMEOUT = 60_000;

class RunningSplice implements Splice {
  readonly done: Promise<SpliceOutcome>;
  readonly #ends: readonly [SpliceEnd, SpliceEnd];
  readonly #options: SpliceOptions;
  readonly #settle: (outcome: SpliceOutcome) => void;
  readonly #cancels = new Set<() => void>();
  #lastByte: number;
  #endedDirections = 0;
  #finishedDirections = 0;
  #isOver = false;
  #cancelTimeout: (() => void) | undefined;

  constructor(first: SpliceEnd, second: SpliceEnd, options: SpliceOptions) {
    const { promise, resolve } = Promise.withResolvers<SpliceOutcome>();
    this.done = promise;
    this.#settle = resolve;
    this.#ends = [first, second];
    this.#options = options;
    this.#lastByte = options.clock.now();
    this.#arm();
    // Both listen before either delivers, but delivering may end it.
    first.start(this.#listen("forth", first, second));
    second.start(this.#listen("back", second, first));
  }

  [Symbol.dispose](): void {
    this.#stop({ tag: "stopped" });
  }

  #listen(direction: SpliceDirection, from: SpliceEnd, to: SpliceEnd): SpliceListener {
    const { clock, limit, onBytes } = this.#options;
    /** What keeps `from` from being read: a full `to`, the limit, or both. */
    let isFull = false;
    let isLimited = false;
    const other = direction === "forth" ? "back" : "forth";
    const drained = (): void => {
      if (!isFull) return;
      isFull = false;
      if (!isLimited && !this.#isOver) from.resume();
    };
    this.#drained[direction] = drained;
    const moved = (bytes: number, hasRoom: boolean): void => {
      this.#lastByte = clock.now();
      onBytes?.(direction, bytes);
      if (!hasRoom) isFull = true;
      const wait = limit?.take(bytes) ?? 0;
      if (wait > 0 && !isLimited) {
        isLimited = true;
        this.#after(wait, () => {
          isLimited = false;
          if (!isFull) from.resume();
        });
      }
      if (isFull || isLimited) from.pause();
    };
    const lend = to.lend?.bind(to);
    return {
      onBytes: (bytes) => {
        if (!this.#isOver) moved(bytes.length, to.write(bytes));
      },
      onLent:
        lend &&
        ((bytes) => {
          if (!this.#isOver) moved(bytes.length, lend(bytes));
        }),
      reserve: () => (this.#isOver ? undefined : to.reserve?.()),
      release: (room) => to.release?.(room),
      // Room in `from` is what the direction towards it waits for.
      onDrain: () => this.#drained[other]?.(),
      onEnd: () => {
        if (this.#isOver) return;
        this.#endedDirections += 1;
        this.#lastByte = clock.now();
        this.#arm();
        to.end();
      },
      onFinish: () => {
        this.#finishedDirections += 1;
        if (this.#finishedDirections === 2) this.#finish({ tag: "ended" });
      },
      onBreak: (failure) => this.#stop({ tag: "broken", by: direction, failure }),
    };
  }

  readonly #drained: Partial<Record<SpliceDirection, () => void>> = {};

  /** Looks at the clock when the time could be up, instead of setting a timer anew with each chunk. */
  #arm(): void {
    this.#cancelTimeout?.();
    this.#cancelTimeout = undefined;
    const { clock, idleTimeout, halfOpenTimeout = HALF_OPEN_TIMEOUT } = this.#options;
    const timeout = this.#endedDirections > 0 ? halfOpenTimeout : idleTimeout;
    if (timeout === undefined || this.#isOver) return;
    const left = this.#lastByte + timeout - clock.now();
    this.#cancelTimeout = clock.after(Math.max(left, 0), () => {
      if (clock.now() - this.#lastByte < timeout) this.#arm();
      else this.#stop({ tag: "timeout" });
    });
  }

  #after(delay: number, action: () => void): void {
    const cancel = this.#options.clock.after(delay, () => {
      this.#cancels.delete(cancel);
      if (!this.#isOver) action();
    });
    this.#cancels.add(cancel);
  }

  #stop(outcome: SpliceOutcome): void {
    if (this.#isOver) return;
    this.#finish(outcome);
    for (const end of this.#ends) end.reset();
  }

  #finish(outcome: SpliceOutcome): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#cancelTimeout?.();
    for (const cancel of this.#cancels) cancel();
    this.#settle(outcome);
  }
}
