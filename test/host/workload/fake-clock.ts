import type { Clock } from "../../../host/engine/clock.ts";

/** A clock that stands still until a test moves it. */
export class FakeClock implements Clock {
  #now = 0;
  #actions: { readonly at: number; readonly action: () => void }[] = [];

  now(): number {
    return this.#now;
  }

  after(delay: number, action: () => void): () => void {
    const entry = { at: this.#now + delay, action };
    this.#actions.push(entry);
    return () => {
      this.#actions = this.#actions.filter((other) => other !== entry);
    };
  }

  /** How many timers wait. */
  get size(): number {
    return this.#actions.length;
  }

  /** Moves time on, calling what becomes due in order. */
  advance(milliseconds: number): void {
    const end = this.#now + milliseconds;
    for (;;) {
      const next = this.#actions.toSorted((a, b) => a.at - b.at)[0];
      if (next === undefined || next.at > end) break;
      this.#now = next.at;
      this.#actions = this.#actions.filter((other) => other !== next);
      next.action();
    }
    this.#now = end;
  }
}
