import type { WaitList } from "../../network/wait-list.ts";
import type { Body, FieldList } from "./message.ts";

/** A body whose reader can be made to see a failure, whatever its writer does. */
export class InterruptibleBody implements Body {
  readonly #body: Body;
  #interruption: Error | undefined;

  constructor(body: Body) {
    this.#body = body;
  }

  get available(): number {
    return this.#interruption === undefined ? this.#body.available : 0;
  }

  get ended(): boolean {
    return this.#interruption !== undefined || this.#body.ended;
  }

  get failure(): Error | undefined {
    return this.#interruption ?? this.#body.failure;
  }

  get trailers(): FieldList | undefined {
    return this.#body.trailers;
  }

  get whenReadable(): WaitList {
    return this.#body.whenReadable;
  }

  readInto(target: Uint8Array): number {
    return this.#interruption === undefined ? this.#body.readInto(target) : 0;
  }

  cancel(): void {
    this.#body.cancel();
  }

  /** Breaks the body for its reader, unless that saw its end already, and tells the writer to stop. */
  interrupt(failure: Error): void {
    if (this.ended) return;
    this.#interruption = failure;
    this.#body.cancel();
    this.#body.whenReadable.notify();
  }
}
