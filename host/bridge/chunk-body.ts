import { WaitList } from "../network/wait-list.ts";
import type { Body, FieldList } from "../wasi/http/message.ts";

/** A body that was complete when it came: no stream, no credit, nothing to wait for. */
export class ChunkBody implements Body {
  readonly whenReadable: WaitList = new WaitList();
  readonly #trailers: FieldList | undefined;
  #rest: Uint8Array;

  /** `bytes` belongs to the body from then on. */
  constructor(bytes: Uint8Array, trailers?: FieldList) {
    this.#rest = bytes;
    this.#trailers = trailers;
  }

  get available(): number {
    return this.#rest.length;
  }

  get ended(): boolean {
    return this.#rest.length === 0;
  }

  get failure(): undefined {
    return undefined;
  }

  get trailers(): FieldList | undefined {
    return this.ended ? this.#trailers : undefined;
  }

  readInto(target: Uint8Array): number {
    const count = Math.min(target.length, this.#rest.length);
    target.set(this.#rest.subarray(0, count));
    this.#rest = this.#rest.subarray(count);
    return count;
  }

  cancel(): void {
    this.#rest = this.#rest.subarray(this.#rest.length);
  }
}
