import { WaitList } from "../network/wait-list.ts";
import type { Body, FieldList } from "../wasi/http/message.ts";
import { ChunkQueue } from "./chunk-queue.ts";
import { LinkError } from "./error.ts";
import { STREAM_FLOOR } from "./stream-budget.ts";
import { STREAM_WINDOW, STREAM_WINDOW_MAX } from "./stream-message.ts";
import type { StreamPort } from "./stream-port.ts";

type State =
  | { readonly tag: "open" }
  /** The reader left, the writer does not know yet: what still arrives is dropped. */
  | { readonly tag: "cancelled" }
  | { readonly tag: "ended"; readonly trailers: FieldList | undefined }
  | { readonly tag: "failed"; readonly failure: Error };

/** A window doubles where half of it was read in fewer milliseconds, and nothing is left to read. */
const GROW_WITHIN = 2;

/** The least that is credited where memory is scarce: no more than a writer has in any case, so that none waits for ever. */
const TIGHT_CREDIT = STREAM_FLOOR;

/** Whether the writers of a link have little memory left; one for all sources of it. */
export interface Pressure {
  isTight: boolean;
}

/**
 * The reading end of a stream over a link. It holds at most a window of bytes:
 * the writer gets credit for what was read, half a window at a time, or sooner where memory is scarce.
 * What is left behind the end is credited, too, where it is so much that the writer counts it.
 * A failure drops what was not read yet.
 */
export class StreamSource implements Body {
  readonly whenReadable: WaitList = new WaitList();
  readonly #id: number;
  readonly #port: StreamPort;
  readonly #finished: () => void;
  readonly #pressure: Readonly<Pressure>;
  readonly #queue = new ChunkQueue();
  #window = STREAM_WINDOW;
  /** When the last credit was given; milliseconds. */
  #credited = 0;
  /** Bytes that the writer may still send without a credit. */
  #allowance = STREAM_WINDOW;
  /** Bytes that were read and not credited yet. */
  #consumed = 0;
  #state: State = { tag: "open" };

  /** `finished` is called once, when the writer's final message came or the link is gone. */
  constructor(
    port: StreamPort,
    id: number,
    finished: () => void,
    pressure: Readonly<Pressure> = { isTight: false },
  ) {
    this.#port = port;
    this.#pressure = pressure;
    this.#id = id;
    this.#finished = finished;
  }

  get available(): number {
    return this.#queue.length;
  }

  get ended(): boolean {
    return this.#state.tag !== "open" && this.#queue.length === 0;
  }

  get failure(): Error | undefined {
    return this.#state.tag === "failed" ? this.#state.failure : undefined;
  }

  get trailers(): FieldList | undefined {
    return this.#state.tag === "ended" && this.#queue.length === 0
      ? this.#state.trailers
      : undefined;
  }

  readInto(target: Uint8Array): number {
    const count = this.#queue.readInto(target);
    this.#consume(count);
    return count;
  }

  take(limit: number): Uint8Array {
    const bytes = this.#queue.take(limit);
    this.#consume(bytes.length);
    return bytes;
  }

  /** The next bytes as they came, at most `limit`; they stay here until `skip`, and belong to the stream. */
  peek(limit: number): Uint8Array {
    return this.#queue.peek(limit);
  }

  /** Counts as read what `peek` returned just now. */
  skip(count: number): void {
    this.#queue.skip(count);
    this.#consume(count);
  }

  cancel(): void {
    const dropped = this.#queue.length;
    this.#queue.clear();
    if (this.#state.tag !== "open") {
      this.#consume(dropped);
      return;
    }
    this.#state = { tag: "cancelled" };
    this.#port.send({ tag: "stream-cancel", id: this.#id });
    this.whenReadable.notify();
  }

  /** Takes a chunk from the writer. Throws `LinkError` for what exceeds its credit. */
  receiveData(bytes: unknown): void {
    this.#receive(bytes, (chunk) => this.#queue.push(chunk));
  }

  /** As `receiveData`, for bytes that are the writer's and are given back once they were read, or are dropped. */
  receiveChunk(bytes: Uint8Array, giveBack: () => void): void {
    if (this.#state.tag === "open") {
      this.#receive(bytes, (chunk) => this.#queue.pushBorrowed(chunk, giveBack));
      return;
    }
    this.#receive(bytes, () => {});
    giveBack();
  }

  #receive(bytes: unknown, push: (bytes: Uint8Array) => void): void {
    if (!(bytes instanceof Uint8Array) || bytes.length === 0 || bytes.length > this.#allowance) {
      throw new LinkError("protocol-violation", `Stream ${this.#id} got bytes beyond its credit`);
    }
    this.#allowance -= bytes.length;
    if (this.#state.tag !== "open") return;
    const wasEmpty = this.#queue.length === 0;
    push(bytes);
    if (wasEmpty) this.whenReadable.notify();
  }

  receiveEnd(trailers: FieldList | undefined): void {
    if (this.#state.tag === "open") this.#state = { tag: "ended", trailers };
    if (this.#isDue()) this.#giveCredit();
    this.#finished();
    this.whenReadable.notify();
  }

  /** The writer or the link broke the stream. */
  receiveAbort(failure: Error): void {
    if (this.#state.tag === "open") {
      this.#queue.clear();
      this.#state = { tag: "failed", failure };
    }
    this.#finished();
    this.whenReadable.notify();
  }

  /** Credits what was read and not credited yet, where the writer waits for that now. */
  hurry(): void {
    if (this.#isDue()) this.#giveCredit();
  }

  #consume(count: number): void {
    if (count === 0) return;
    this.#consumed += count;
    if (this.#isDue()) this.#giveCredit();
  }

  #isDue(): boolean {
    switch (this.#state.tag) {
      case "open":
        return this.#consumed >= (this.#pressure.isTight ? this.#tightCredit : this.#window / 2);
      case "ended":
        // The writer forgot what was no more than this, as it sent its final message or when it got credit since.
        return this.#uncredited > STREAM_FLOOR && this.#isHalfRead();
      case "cancelled":
      case "failed":
        return false;
    }
  }

  /** Half of what the writer may think to be under way, so that it gets the other half soon. */
  get #tightCredit(): number {
    return Math.max(TIGHT_CREDIT, this.#uncredited / 2);
  }

  /** Bytes that came and were not credited. */
  get #uncredited(): number {
    return this.#window - this.#allowance;
  }

  #isHalfRead(): boolean {
    return this.#queue.length === 0 || this.#consumed >= this.#window / 2;
  }

  #giveCredit(): void {
    const bytes = this.#consumed;
    const growth = this.#grow();
    const isGrowing = growth > 0 && { growth };
    this.#port.send({ tag: "stream-credit", id: this.#id, bytes, ...isGrowing });
    this.#allowance += bytes + growth;
    this.#consumed = 0;
  }

  /** By how many bytes the window becomes larger now. */
  #grow(): number {
    if (this.#window === STREAM_WINDOW_MAX || this.#pressure.isTight) return 0;
    if (this.#state.tag !== "open") return 0;
    const now = performance.now();
    const isFast = now - this.#credited < GROW_WITHIN && this.#queue.length === 0;
    this.#credited = now;
    if (!isFast) return 0;
    const growth = this.#window;
    this.#window += growth;
    return growth;
  }
}
