import { type Interrupt, InterruptAnswer } from "../engine/interrupt.ts";
import type { Guest } from "../wasi/guest.ts";
import { formatDuration } from "./format-duration.ts";
import { answerInterrupt, wordsOf } from "./interrupt-clock.ts";

/** The interrupts of one cell, which all of its guests share. */
export class CellInterrupts {
  readonly flag: WebAssembly.Memory;
  /** How long a guest may run without waiting for anything, in milliseconds. */
  readonly hang: number;
  readonly #words: Int32Array;
  #isAnswered = false;

  constructor(flag: WebAssembly.Memory, hang: number) {
    this.flag = flag;
    this.hang = hang;
    this.#words = wordsOf(flag);
  }

  /** Lowers the flag. Returns whether it was lowered before in this very turn of the event loop, which is then a long one. */
  answer(): boolean {
    answerInterrupt(this.#words);
    if (this.#isAnswered) return true;
    this.#isAnswered = true;
    setImmediate(this.#endTurn);
    return false;
  }

  readonly #endTurn = (): void => {
    this.#isAnswered = false;
  };
}

/**
 * What one instance is told when its code looks up: to let the event loop go round where it has run for long, so that
 * the other guests of its cell are served and its own timeout can end it; to end where it was disposed meanwhile, or
 * ran for `hang` without having waited for anything.
 */
export class GuestInterrupt implements Interrupt {
  readonly #cell: CellInterrupts;
  readonly #guest: Guest;
  #failure: UnresponsiveError | undefined;
  #waits = -1;
  #since = 0;
  #pausing = false;

  constructor(cell: CellInterrupts, guest: Guest) {
    this.#cell = cell;
    this.#guest = guest;
  }

  get flag(): WebAssembly.Memory {
    return this.#cell.flag;
  }

  /** Why the instance was ended; undefined where it was not. */
  get failure(): UnresponsiveError | undefined {
    return this.#failure;
  }

  ask(): InterruptAnswer {
    if (this.#guest.disposed) return InterruptAnswer.end;
    const isLong = this.#cell.answer();
    const now = performance.now();
    const { waits } = this.#guest.suspender;
    const isSame = waits === this.#waits;
    if (!isSame) {
      this.#waits = waits;
      this.#since = now;
    }
    if (now - this.#since >= this.#cell.hang) {
      this.#failure = new UnresponsiveError(this.#cell.hang);
      return InterruptAnswer.end;
    }
    // Asked again after a pause, or after one that its stack did not allow.
    if (this.#pausing) {
      this.#pausing = false;
      return InterruptAnswer.goOn;
    }
    this.#pausing = isLong || isSame;
    return this.#pausing ? InterruptAnswer.pause : InterruptAnswer.goOn;
  }

  pause(): Promise<void> {
    return new Promise((resolve) => {
      setImmediate(resolve);
    });
  }
}

/** Why an instance was ended that ran and ran. */
export class UnresponsiveError extends Error {
  override readonly name = "UnresponsiveError";

  /** `hang` in milliseconds. */
  constructor(hang: number) {
    super(`unresponsive for ${formatDuration(hang)}`);
  }
}
