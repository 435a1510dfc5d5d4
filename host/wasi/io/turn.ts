/** How long guests may wake each other through promises alone before timers and sockets get their turn. */
const BUDGET_MS = 2;
/** The clock is read once in so many wake-ups: reading it costs as much as a call into the host. */
const WAKES_PER_LOOK = 8;

/**
 * Fairness between guests and the event loop. Promise jobs run before the loop goes on, so two guests that
 * wake each other would starve every timer and socket of the thread; after `BUDGET_MS` of that they wait for the loop.
 * One object serves all guests of a thread.
 */
export class Turn {
  #running = false;
  #exhausted = false;
  #wakes = 0;
  #startedAt = 0;
  #deferred: (() => void)[] = [];
  readonly #endTurn = (): void => this.#end();

  /** Runs `continuation` now, or after the event loop has gone round once where this turn's time is spent. */
  resume(continuation: () => void): void {
    if (!this.#running) this.#start();
    else if (!this.#exhausted && ++this.#wakes % WAKES_PER_LOOK === 0) {
      this.#exhausted = performance.now() - this.#startedAt > BUDGET_MS;
    }
    if (this.#exhausted) this.#deferred.push(continuation);
    else continuation();
  }

  #start(): void {
    this.#running = true;
    this.#startedAt = performance.now();
    setImmediate(this.#endTurn);
  }

  #end(): void {
    const deferred = this.#deferred;
    this.#running = false;
    this.#exhausted = false;
    this.#deferred = [];
    for (const continuation of deferred) continuation();
  }
}
