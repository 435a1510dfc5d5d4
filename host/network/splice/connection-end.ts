import type { ByteSource } from "../byte-stream.ts";
import { SocketError } from "../error.ts";
import type { Connection } from "../network.ts";
import type { SpliceEnd, SpliceListener } from "./end.ts";

/** Bytes that are read at a time. */
const CHUNK = 64 * 1024;

/** A connection of either network, or of the bridge, as an end of a splice, which owns it from then on. */
export class ConnectionEnd implements SpliceEnd {
  readonly #connection: Connection;
  #listener: SpliceListener | undefined;
  /** What the sink had no room for. */
  #rest: Uint8Array | undefined;
  /** The sink took all that it was lent and has no room now. */
  #isFull = false;
  #isPaused = false;
  #isReading = false;
  #hasEnded = false;
  #isEnding = false;
  #isFinished = false;
  #isOver = false;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  start(listener: SpliceListener): void {
    this.#listener = listener;
    // Before the first read: a sink that broke is noticed even where nothing is written.
    this.#connection.sink.whenWritable.add(this.#pumpOut);
    this.#pumpIn();
  }

  pause(): void {
    this.#isPaused = true;
  }

  resume(): void {
    this.#isPaused = false;
    this.#pumpIn();
  }

  write(bytes: Uint8Array): boolean {
    // One chunk at most waits: the splice pauses the other end when this returns false.
    this.#rest = this.#rest === undefined ? bytes : Buffer.concat([this.#rest, bytes]);
    this.#drain();
    return this.#rest === undefined;
  }

  lend(bytes: Uint8Array): boolean {
    const { sink } = this.#connection;
    const isTaken = this.#rest === undefined && !sink.closed && bytes.length <= sink.capacity;
    // Not `slice`, which copies nothing of a Buffer.
    if (!isTaken) return this.write(new Uint8Array(bytes));
    sink.write(bytes);
    this.#isFull = sink.capacity === 0;
    return !this.#isFull;
  }

  reserve(): Uint8Array | undefined {
    return this.#connection.sink.reserve?.();
  }

  release(room: Uint8Array): void {
    this.#connection.sink.release?.(room);
  }

  end(): void {
    this.#isEnding = true;
    this.#drain();
  }

  reset(): void {
    this.#isOver = true;
    this.#connection.reset();
  }

  readonly #pumpIn = (): void => {
    const { source } = this.#connection;
    if (this.#isReading || this.#hasEnded) return;
    this.#isReading = true;
    while (!this.#isPaused && !this.#isOver && source.available > 0) {
      this.#listener?.onBytes(take(source));
    }
    this.#isReading = false;
    if (this.#isOver) return;
    if (source.failure !== undefined && (source.ended || this.#isPaused)) {
      // A reset does not wait for a reader that is slow.
      this.#break(source.failure);
    } else if (!source.ended) {
      source.whenReadable.add(this.#pumpIn);
    } else if (!this.#isPaused) {
      this.#hasEnded = true;
      this.#listener?.onEnd();
      this.#closeWhenDone();
    }
  };

  readonly #pumpOut = (): void => {
    if (this.#isOver) return;
    const { sink } = this.#connection;
    if (sink.failure !== undefined) {
      this.#break(sink.failure);
      return;
    }
    const wasFull = this.#rest !== undefined || this.#isFull;
    this.#isFull = false;
    this.#drain();
    if (wasFull && this.#rest === undefined) this.#listener?.onDrain();
  };

  #drain(): void {
    const { sink } = this.#connection;
    while (this.#rest !== undefined && !sink.closed) {
      const { capacity } = sink;
      if (capacity === 0) break;
      const bytes = this.#rest;
      const count = Math.min(bytes.length, capacity);
      this.#rest = count === bytes.length ? undefined : bytes.subarray(count);
      if (count === bytes.length && sink.give !== undefined) sink.give(bytes);
      else sink.write(bytes.subarray(0, count));
    }
    if (this.#rest !== undefined && sink.closed && sink.failure === undefined) {
      // A reader that left takes nothing more, and TCP cannot say so to the other side: the bytes are dropped.
      // But one that closed the connection answers them with a reset (RFC 9293 §3.6.1).
      this.#rest = undefined;
      if (this.#hasEnded) {
        this.#connection.reset();
        this.#break(new SocketError("connection-reset", "The peer closed the connection"));
        return;
      }
    }
    sink.countWaiting?.(this.#rest?.length ?? 0);
    if (this.#rest === undefined && this.#isEnding) this.#finish();
    else if (!sink.closed) sink.whenWritable.add(this.#pumpOut);
  }

  #finish(): void {
    if (this.#isFinished) return;
    this.#isFinished = true;
    this.#connection.sink.end();
    this.#listener?.onFinish();
    this.#closeWhenDone();
  }

  #closeWhenDone(): void {
    if (!this.#hasEnded || !this.#isFinished || this.#isOver) return;
    this.#isOver = true;
    this.#connection[Symbol.dispose]();
  }

  #break(failure: Error): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#listener?.onBreak(failure);
  }
}

/** The next bytes, without a copy where the source can do that. */
function take(source: ByteSource): Uint8Array {
  if (source.take !== undefined) return source.take(CHUNK);
  const chunk = Buffer.allocUnsafe(Math.min(source.available, CHUNK));
  return chunk.subarray(0, source.readInto(chunk));
}
