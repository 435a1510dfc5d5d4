import { setTimeout } from "node:timers/promises";
import { call } from "./http-call.ts";

/** Sends one request after the other, and notes those that are not answered with 200. Disposing it ends that. */
export class SteadyClient implements AsyncDisposable {
  readonly failures: string[] = [];
  successes = 0;
  #isEnded = false;
  readonly #done: Promise<void>;

  constructor(url: string, host: string) {
    this.#done = this.#run(url, host);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isEnded = true;
    await this.#done;
  }

  async #run(url: string, host: string): Promise<void> {
    while (!this.#isEnded) {
      try {
        const { status, text } = await call(url, { host });
        if (status === 200) this.successes += 1;
        else this.failures.push(`${status} ${text}`);
      } catch (error) {
        this.failures.push(String(error));
      }
      await setTimeout(5);
    }
  }
}
