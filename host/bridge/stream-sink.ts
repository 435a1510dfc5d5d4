import type { ByteSink } from "../network/byte-stream.ts";
import { WaitList } from "../network/wait-list.ts";
import type { FieldList } from "../wasi/http/message.ts";
import { ChunkQueue } from "./chunk-queue.ts";
import { LinkError } from "./error.ts";
import { toFailure } from "./failure.ts";
import { type ChunkLender, SHARED_CHUNK } from "./shared-chunks.ts";
import { StreamBudget } from "./stream-budget.ts";
import { STREAM_WINDOW, STREAM_WINDOW_MAX } from "./stream-message.ts";
import type { StreamPort } from "./stream-port.ts";
import { StreamShare } from "./stream-share.ts";

/**
 * From this size on a buffer is transferred instead of copied into the batch. Measured from thread to thread,
 * a transfer costs about as much as copying 4 KiB out and in again.
 */
const TRANSFER_FROM = 4096;

/** Room for all who have no chunk: what is in it is copied as it is written. */
const SCRATCH: Uint8Array = Buffer.allocUnsafeSlow(SHARED_CHUNK);

/** Memory that the other thread reads; `ChunkLender` has the same shape. */
export type ChunkMemory = Pick<ChunkLender, "lend" | "reserve" | "release">;

/** What a sink takes memory from. */
export interface StreamMemory {
  /** Without it, all bytes cross in messages. */
  readonly chunks?: ChunkMemory | undefined;
  /** Without it, there is as much as the window has. */
  readonly budget?: StreamBudget | undefined;
}

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
  readonly #chunks: ChunkMemory | undefined;
  readonly #share: StreamShare;
  readonly #pending = new ChunkQueue();
  /** The most that `#credit` can be. */
  #window = STREAM_WINDOW;
  #credit: number;
  /**
   * Whether `capacity` was 0 since the last credit. It stays 0 then, whatever other threads leave of the quota: whoever
   * saw it waits, and the credit that the reader gives for that ends the wait.
   */
  #isStarved = false;
  /** What `reserve` returned, until it was written or released. */
  #room: Uint8Array | undefined;
  #state: State = { tag: "open" };
  #failure: Error | undefined;

  /** `used` is what the announcing message carried; `finished` is called once, after the final message. */
  constructor(
    port: StreamPort,
    id: number,
    used: number,
    finished: () => void,
    { chunks, budget = new StreamBudget() }: StreamMemory = {},
  ) {
    this.#port = port;
    this.#chunks = chunks;
    this.#share = new StreamShare(budget);
    this.#id = id;
    this.#credit = STREAM_WINDOW - used;
    this.#finished = finished;
    this.#share.count(used);
  }

  get capacity(): number {
    if (this.closed || this.#isStarved) return 0;
    const capacity = this.#share.capacity(this.#underWay, this.#credit);
    this.#isStarved = capacity === 0;
    return capacity;
  }

  /** Bytes that the reader still has after the end, where they are so many that they count. */
  get unread(): number {
    return this.#share.unread;
  }

  get closed(): boolean {
    return this.#state.tag !== "open";
  }

  get failure(): Error | undefined {
    return this.#failure;
  }

  write(bytes: Uint8Array): void {
    this.#take(bytes.length);
    if (!this.#lend(bytes)) {
      this.#schedule();
      this.#pending.append(bytes);
    }
    this.#recount();
  }

  /** As `write`, but without a copy: `bytes` belongs to the stream from now on and may be transferred. */
  give(bytes: Uint8Array): void {
    this.#take(bytes.length);
    this.#schedule();
    this.#pending.push(bytes);
    this.#recount();
  }

  reserve(): Uint8Array | undefined {
    const chunks = this.#chunks;
    if (this.#room !== undefined || this.closed || chunks === undefined) return undefined;
    // What is filled in has to fit, whatever it will be.
    if (this.capacity >= SHARED_CHUNK) this.#room = chunks.reserve();
    if (this.#share.has(this.#underWay, SHARED_CHUNK)) this.#room ??= SCRATCH;
    this.#recount();
    return this.#room;
  }

  release(room: Uint8Array): void {
    this.#chunks?.release(room);
    if (room !== this.#room) return;
    this.#room = undefined;
    this.#recount();
  }

  countWaiting(bytes: number): void {
    if (this.#state.tag !== "finished") this.#share.count(this.#underWay, undefined, bytes);
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
    const wasFull = this.#isStarved || this.#credit === 0;
    this.#isStarved = false;
    this.#window += growth;
    this.#credit += bytes + growth;
    this.#recount();
    if (wasFull && this.capacity > 0) this.whenWritable.notify();
  }

  /** The reader wants nothing more. */
  receiveCancel(): void {
    if (this.#state.tag === "finished") {
      // It dropped what it still had, before it heard of the end.
      this.#share.end(0);
      return;
    }
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
  #lend(bytes: Uint8Array): boolean {
    if (bytes.length < TRANSFER_FROM || bytes.length > SHARED_CHUNK) return false;
    const chunk = this.#chunks?.lend(bytes);
    if (chunk === undefined) return false;
    if (bytes.buffer === this.#room?.buffer && bytes.byteOffset === this.#room.byteOffset) {
      this.#room = undefined;
    }
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
      this.#finish(this.#underWay);
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

  /** `unread` is what the reader still has. */
  #finish(unread = 0): void {
    if (this.#state.tag === "finished") return;
    this.#state = { tag: "finished" };
    this.#pending.clear();
    this.#room = undefined;
    this.#share.end(unread);
    this.#finished();
    this.whenWritable.notify();
  }

  #recount(): void {
    this.#share.count(this.#underWay, this.#room?.length ?? 0);
  }

  /** Bytes that were written and not credited. */
  get #underWay(): number {
    return this.#window - this.#credit;
  }
}

function isCount(value: number): boolean {
  return Number.isInteger(value) && value >= 0;
}
