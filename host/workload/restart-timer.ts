import type { Clock } from "../engine/clock.ts";
import { formatDuration } from "./format-duration.ts";

/** Waits for the next restart of a service or a cell, of which at most one is due. */
export class RestartTimer {
  readonly #clock: Clock;
  readonly #again: () => void;
  #due: { readonly count: number; readonly at: number; readonly cancel: () => void } | undefined;

  /** `again` is called when a restart that was due is to happen. */
  constructor(clock: Clock, again: () => void) {
    this.#clock = clock;
    this.#again = again;
  }

  /** Whether a restart is waited for. */
  get isDue(): boolean {
    return this.#due !== undefined;
  }

  /** Has restart number `count` happen after `delay` milliseconds. None is due now. */
  set({ delay, count }: { readonly delay: number; readonly count: number }): void {
    const cancel = this.#clock.after(delay, () => {
      this.#due = undefined;
      this.#again();
    });
    this.#due = { count, at: this.#clock.now() + delay, cancel };
  }

  cancel(): void {
    this.#due?.cancel();
    this.#due = undefined;
  }

  /** The restart that is due, as the beginning of a sentence: `Restart 1 of 5 in 200 ms`. `max` may be infinite. */
  describe(max: number): string {
    const { count, at } = this.#due ?? { count: 0, at: 0 };
    const delay = at - this.#clock.now();
    const when = delay < 1 ? "" : ` in ${formatDuration(delay)}`;
    return `Restart ${count}${max === Infinity ? "" : ` of ${max}`}${when}`;
  }
}
