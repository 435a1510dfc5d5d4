/**
 * Callbacks that wait for one condition to become true.
 *
 * Level-triggered: a waiter checks the condition before it adds itself and again when it is called.
 * `notify()` empties the list first, so a waiter that still has to wait adds itself anew,
 * and a waiter is called at most once for each time that it added itself.
 */
export class WaitList {
  #waiters: Set<() => void> | undefined;

  /** Whether anybody waits. */
  get isEmpty(): boolean {
    return this.#waiters === undefined || this.#waiters.size === 0;
  }

  /** Calls `waiter` at the next `notify()`. Adding it twice is the same as once. */
  add(waiter: () => void): void {
    (this.#waiters ??= new Set()).add(waiter);
  }

  /** Forgets `waiter`; harmless if it does not wait. */
  delete(waiter: () => void): void {
    this.#waiters?.delete(waiter);
  }

  /** Calls and forgets all who wait now. */
  notify(): void {
    const waiters = this.#waiters;
    if (waiters === undefined || waiters.size === 0) return;
    this.#waiters = undefined;
    for (const waiter of waiters) waiter();
  }
}
