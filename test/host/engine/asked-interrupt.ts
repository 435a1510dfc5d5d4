import { createFlag, type Interrupt, InterruptAnswer } from "../../../host/engine/interrupt.ts";

/** An interrupt that a test raises, and that counts. It answers as told, then that the code may go on. */
export class AskedInterrupt implements Interrupt {
  readonly flag: WebAssembly.Memory = createFlag();
  readonly #answers: InterruptAnswer[];
  readonly #onPause: () => Promise<void>;
  asked = 0;
  paused = 0;

  constructor(
    answers: readonly InterruptAnswer[] = [],
    onPause: () => Promise<void> = () => Promise.resolve(),
  ) {
    this.#answers = [...answers];
    this.#onPause = onPause;
  }

  raise(): void {
    new Int32Array(this.flag.buffer)[0] = 1;
  }

  ask(): InterruptAnswer {
    this.asked += 1;
    return this.#answers.shift() ?? InterruptAnswer.goOn;
  }

  pause(): Promise<void> {
    this.paused += 1;
    return this.#onPause();
  }
}
