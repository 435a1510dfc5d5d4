import type { ByteSink } from "../network/byte-stream.ts";
import { WaitList } from "../network/wait-list.ts";
import type { FieldList } from "../wasi/http/message.ts";
import { ChunkQueue } from "./chunk-queue.ts";
import { LinkError } from "./error.ts";
import { toFailure } from "./failure.ts";
import { type ChunkLender, SHARED_CHUNK } from "./shared-chunks.ts";
import { STREAM_WINDOW, STREAM_WINDOW_MAX } from "./stream-message.ts";
import type { StreamPort } from "./stream-port.ts";

/**
 * From this size on a buffer is transferred instead of copied into the batch. Measured from thread to thread,
 * a transfer costs about as much as copying 4 KiB out and in again.
 */
const TRANSFER_FROM = 4096;

/** Memory that the other thread reads; `ChunkLender` has the same shape. */
export type ChunkMemory = Pick<ChunkLender, "lend" | "reserve" | "release">;

type State =
  | { readonly tag: "open" }
  /** `end` was called; it is sent behind the bytes of this turn. */
  | { readonly tag: "ending"; readonly trailers: FieldList | undefined }
  /** The final message was sent, or the link is gone. */
  | { readonly tag: "finished" };

/**
 * The writing end of a stream over a link. What is written during one turn of the loop crosses as one chunk.
 * When the reader cancels, the sink is `closed` without a failure and whoever writes has nothing more to do.
 */
export class StreamSink implements ByteSink {
  readonly whenWritable: WaitList = new WaitList();
  readonly #id: number;
  readonly #port: StreamPort;
  readonly #finished: () => void;
  readonly #memory: ChunkMemory | undefined;
  readonly #pending = new ChunkQueue();
  /** The most that `#credit` can be. */
  #window = STREAM_WINDOW;
  #credit: number;
  #state: State = { tag: "open" };
  #failure: Error | undefined;

  /**
   * `used` is what the announcing message carried; `finished` is called once, after the final message.
   * Without `memory`, all bytes cross in messages.
   */
  constructor(
    port: StreamPort,
    id: number,
    used: number,
    finished: () => void,
    memory?: ChunkMemory,
  ) {
    this.#port = port;
    this.#memory = memory;
    this.#id = id;
    this.#credit = STREAM_WINDOW - used;
    this.#finished = finished;
  }

  get capacity(): number {
    return this.closed ? 0 : this.#credit;
  }

  get closed(): boolean {
    return this.#state.tag !== "open";
  }

  get failure(): Error | undefined {
    return this.#failure;
  }

  write(bytes: Uint8Array): void {
    this.#take(bytes.length);
    if (this.#share(bytes)) return;
    this.#schedule();
    this.#pending.append(bytes);
  }

  /** As `write`, but without a copy: `bytes` belongs to the stream from now on and may be transferred. */
  give(bytes: Uint8Array): void {
    this.#take(bytes.length);
    this.#schedule();
    this.#pending.push(bytes);
  }

  reserve(): Uint8Array | undefined {
    // What is filled in has to fit, whatever it will be.
    return this.capacity < SHARED_CHUNK ? undefined : this.#memory?.reserve();
  }

  release(room: Uint8Array): void {
    this.#memory?.release(room);
  }

  /** As `ByteSink.end`, with trailers for a reader that looks for them. */
  end(trailers?: FieldList): void {
    if (this.#state.tag !== "open") return;
    this.#state = { tag: "ending", trailers };
    this.#port.beforeFlush(this.#flush);
    this.whenWritable.notify();
  }

  abort(failure: Error): void {
    if (this.#state.tag === "finished") return;
    this.#failure = failure;
    this.#port.send({ tag: "stream-abort", id: this.#id, failure: toFailure(failure) });
    this.#finish();
  }

  /** The reader took `bytes`, and has room for `growth` more. Throws `LinkError` for more than it was sent or may have. */
  receiveCredit(bytes: number, growth = 0): void {
    const isCredit = isCount(bytes) && this.#credit + bytes <= this.#window;
    const isGrowth = isCount(growth) && this.#window + growth <= STREAM_WINDOW_MAX;
    if (!isCredit || !isGrowth || bytes + growth === 0) {
      throw new LinkError(
        "protocol-violation",
        `Stream ${this.#id} got a credit of ${bytes} bytes and ${growth} more`,
      );
    }
    const wasFull = this.#credit === 0;
    this.#window += growth;
    this.#credit += bytes + growth;
    if (wasFull) this.whenWritable.notify();
  }

  /** The reader wants nothing more. */
  receiveCancel(): void {
    if (this.#state.tag === "finished") return;
    this.#port.send({ tag: "stream-end", id: this.#id, trailers: undefined });
    this.#finish();
  }

  /** The link is gone, or what the stream is a part of. */
  break(failure: Error): void {
    this.#failure ??= failure;
    this.#finish();
  }

  #take(count: number): void {
    if (this.#state.tag !== "open") throw new RangeError("Cannot write: the stream is closed");
    if (count > this.#credit) {
      throw new RangeError(`Cannot write ${count} bytes: the stream takes ${this.#credit}`);
    }
    this.#credit -= count;
  }

  /** To be called before something is added to what waits for this turn's batch. */
  #schedule(): void {
    if (this.#pending.length === 0) this.#port.beforeFlush(this.#flush);
  }

  /** Sends `bytes` without a buffer of their own, where that pays and there is room. */
  #share(bytes: Uint8Array): boolean {
    if (bytes.length < TRANSFER_FROM || bytes.length > SHARED_CHUNK) return false;
    const chunk = this.#memory?.lend(bytes);
    if (chunk === undefined) return false;
    this.#sendPending();
    this.#port.sendPlain({ tag: "stream-chunk", id: this.#id, chunk, length: bytes.length });
    return true;
  }

  readonly #flush = (): void => {
    const state = this.#state;
    if (state.tag === "finished") return;
    this.#sendPending();
    if (state.tag === "ending") {
      this.#port.send({ tag: "stream-end", id: this.#id, trailers: state.trailers });
      this.#finish();
    }
  };

  #sendPending(): void {
    while (this.#pending.length > 0) {
      // Large chunks cross as they are: putting them together would cost more than a message.
      const bytes = this.#pending.takeLarge(TRANSFER_FROM) ?? this.#pending.takeAll();
      const transfer = bytes.length < TRANSFER_FROM ? undefined : bytes.buffer;
      this.#port.send(
        { tag: "stream-data", id: this.#id, bytes },
        transfer instanceof ArrayBuffer ? transfer : undefined,
      );
    }
  }

  #finish(): void {
    if (this.#state.tag === "finished") return;
    this.#state = { tag: "finished" };
    this.#pending.clear();
    this.#finished();
    this.whenWritable.notify();
  }
}

function isCount(value: number): boolean {
  return Number.isInteger(value) && value >= 0;
}
