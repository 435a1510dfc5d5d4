import { WaitList } from "../../../network/wait-list.ts";
import type { Body, FieldList } from "../message.ts";

/** Bytes that wait for the guest before the peer is told to wait, and those at which it may go on. */
const HIGH_WATER = 128 * 1024;
const LOW_WATER = 32 * 1024;

/** What a body needs of the exchange that it comes from. */
export interface Sender {
  pause(): void;
  resume(): void;
  /** Nobody wants the rest. */
  abort(): void;
}

/** The body of a response on its way to a guest; chunks are kept as they came, until they are read. */
export class ResponseBody implements Body {
  readonly whenReadable: WaitList = new WaitList();
  failure: Error | undefined;
  readonly #sender: Sender;
  readonly #chunks: Uint8Array[] = [];
  #buffered = 0;
  #paused = false;
  #closed = false;
  #trailers: FieldList | undefined;

  constructor(sender: Sender) {
    this.#sender = sender;
  }

  get available(): number {
    return this.#buffered;
  }

  get ended(): boolean {
    return this.#closed && this.#buffered === 0;
  }

  get trailers(): FieldList | undefined {
    return this.ended ? this.#trailers : undefined;
  }

  /** Whether the sender was told to wait. */
  get paused(): boolean {
    return this.#paused;
  }

  push(chunk: Uint8Array): void {
    if (this.#closed || chunk.length === 0) return;
    const wasEmpty = this.#buffered === 0;
    this.#chunks.push(chunk);
    this.#buffered += chunk.length;
    if (!this.#paused && this.#buffered >= HIGH_WATER) {
      this.#paused = true;
      this.#sender.pause();
    }
    if (wasEmpty) this.whenReadable.notify();
  }

  end(trailers: FieldList | undefined): void {
    if (this.#closed) return;
    this.#trailers = trailers;
    this.#close();
  }

  /** Breaks the body behind what arrived. */
  fail(failure: Error): void {
    if (this.#closed) return;
    this.failure = failure;
    this.#close();
  }

  readInto(target: Uint8Array): number {
    let count = 0;
    while (count < target.length) {
      const [chunk] = this.#chunks;
      if (chunk === undefined) break;
      const part = chunk.subarray(0, target.length - count);
      target.set(part, count);
      count += part.length;
      if (part.length === chunk.length) this.#chunks.shift();
      else this.#chunks[0] = chunk.subarray(part.length);
    }
    this.#buffered -= count;
    if (this.#paused && this.#buffered <= LOW_WATER) {
      this.#paused = false;
      this.#sender.resume();
    }
    return count;
  }

  cancel(): void {
    this.#chunks.length = 0;
    this.#buffered = 0;
    if (this.#closed) return;
    this.#close();
    this.#sender.abort();
  }

  #close(): void {
    this.#closed = true;
    this.whenReadable.notify();
  }
}
