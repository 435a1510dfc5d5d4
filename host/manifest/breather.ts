import { setImmediate } from "node:timers/promises";

/** Lets a thread that serves others do so in between, while it does something that takes long. */
export class Breather {
  #since = performance.now();

  /** To be awaited between the parts of the work; comes back at once unless there was much of it since the last time. */
  async breathe(): Promise<void> {
    if (performance.now() - this.#since < SLICE) return;
    await setImmediate();
    this.#since = performance.now();
  }
}

/** Milliseconds of work at a stretch. */
const SLICE = 10;
