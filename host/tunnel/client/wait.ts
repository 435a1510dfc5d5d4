import type { Clock } from "../../engine/clock.ts";

/** A pause that can be cut short. */
export class Wait {
  readonly #clock: Clock;
  #resolve: (() => void) | undefined;

  /** When `signal` aborts, the pause is over. */
  constructor(clock: Clock, signal: AbortSignal) {
    this.#clock = clock;
    signal.addEventListener("abort", () => this.cut(), { once: true });
  }

  /** Fulfils after `delay` milliseconds, or when the pause is cut short. One at a time. */
  async start(delay: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#resolve = resolve;
    const cancel = this.#clock.after(delay, resolve);
    await promise;
    cancel();
    this.#resolve = undefined;
  }

  /** Ends the pause that runs, if one does. */
  cut(): void {
    this.#resolve?.();
  }
}
