import type { WaitList } from "./wait-list.ts";

/**
 * The readable end of a byte stream that never waits: what is there is copied out, what is not is announced.
 * TCP connections, HTTP bodies, standard input and bridge streams all look like this.
 */
export interface ByteSource {
  /** How many bytes `readInto` hands over now. */
  readonly available: number;
  /**
   * Whether nothing more will ever come: `available` is 0, and the writer ended or the stream failed.
   * `failure` tells the two apart. What arrived before a failure may still be readable, so read first.
   */
  readonly ended: boolean;
  /** Why the stream broke, if it did; a stream that ended in order has none. */
  readonly failure: Error | undefined;
  /** Notified when `available` leaves 0 and when `ended` becomes true. */
  readonly whenReadable: WaitList;

  /** Moves up to `target.length` bytes into `target` and returns how many; 0 when none are there. Never throws. */
  readInto(target: Uint8Array): number;
  /**
   * As `readInto`, for sources that hold what others gave them: hands over the next bytes without a copy,
   * at most `limit` and maybe fewer than are there; none where none are there.
   */
  take?(limit: number): Uint8Array;
  /**
   * The reader wants nothing more: buffered bytes are dropped and the stream is `ended`. Idempotent.
   * The writer finds its sink closed; across TCP, which cannot say so, what it still writes is dropped.
   */
  cancel(): void;
}

/** The writable end of a byte stream that never waits. */
export interface ByteSink {
  /** How many bytes `write` takes now; 0 means wait for `whenWritable`. */
  readonly capacity: number;
  /** Whether a write can never succeed again: the writer ended, the reader left, or the stream failed. */
  readonly closed: boolean;
  /** Why the stream broke, if it did. */
  readonly failure: Error | undefined;
  /** Notified when `capacity` leaves 0 and when `closed` becomes true. */
  readonly whenWritable: WaitList;

  /**
   * Copies `bytes`, at most `capacity` of them; the caller may reuse the array at once.
   * Throws `RangeError` for more than `capacity` and for a closed sink: both are bugs of the caller.
   */
  write(bytes: Uint8Array): void;
  /** As `write`, for sinks that can do without a copy: `bytes` and its buffer belong to the sink from now on. */
  give?(bytes: Uint8Array): void;
  /**
   * For sinks over memory of their own: room for the next bytes, to be filled from its start and written at once, which
   * may save `write` the copy. It may be more than `capacity`. Undefined where there is no memory for so many.
   */
  reserve?(): Uint8Array | undefined;
  /** Gives back what `reserve` returned; nothing happens where it was written. */
  release?(room: Uint8Array): void;
  /** For sinks that count the memory in which bytes wait: how many the writer keeps until there is capacity for them. */
  countWaiting?(bytes: number): void;
  /** No more bytes will come; what was written is still delivered. Idempotent. */
  end(): void;
  /** Breaks the stream: the reader sees `failure` instead of an end. Idempotent. */
  abort(failure: Error): void;
}
