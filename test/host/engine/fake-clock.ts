import { type Clock } from "../../../host/engine/clock.ts";

/** A clock that stands still until it is advanced. */
export class FakeClock implements Clock {
  #now = 0;
  #timers: { at: number; action: () => void }[] = [];

  get timers(): number {
    return this.#timers.length;
  }

  now(): number {
    return this.#now;
  }

  after(delay: number, action: () => void): () => void {
    const timer = { at: this.#now + delay, action };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((other) => other !== timer);
    };
  }

  /** Moves on, firing what is due in its order, timers that begin meanwhile included. */
  advance(milliseconds: number): void {
    const end = this.#now + milliseconds;
    for (let turns = 0; turns < 1000; turns++) {
      this.#timers.sort((a, b) => a.at - b.at);
      const next = this.#timers[0];
      if (next === undefined || end < next.at) break;
      this.#timers.shift();
      // Each turn of a real loop takes its time.
      this.#now = Math.min(end, Math.max(this.#now, next.at) + 0.01);
      next.action();
    }
    this.#now = end;
  }
}
