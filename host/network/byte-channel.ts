import type { ByteSink, ByteSource } from "./byte-stream.ts";
import { WaitList } from "./wait-list.ts";
import { RingPool, SMALL_RING } from "./ring-pool.ts";
import { BUFFER_SIZE_DEFAULT } from "./tcp-options.ts";

const NO_RING: Buffer = Buffer.alloc(0);

/**
 * The most that a channel says it takes at a time, which is all of a connection's with buffers of the default size.
 * It takes that even where the quota is used up by then: with so many channels, a guest gets so much past its quota.
 */
const GRANT_MAX = 2 * BUFFER_SIZE_DEFAULT;

/**
 * A queue of at most `limit` bytes between a writer and a reader of the same thread,
 * such as one direction of a connection.
 * A byte is copied twice, in by `write` and out by `readInto`, and nothing is allocated for either.
 *
 * A writer that filled the channel sees room again only when half of it is free, so that a reader
 * who takes small bites does not wake it for each (the silly window of RFC 1122 §4.2.3.4).
 * Where the quota of its pool has no room, it takes no more than `SMALL_RING` bytes at a time, whatever its limit.
 * But what `capacity` told of is taken, whoever used up the quota since: a guest that asked must not be wrong.
 *
 * Bytes that arrived before a failure stay readable; the failure takes the place of the end behind them.
 */
export class ByteChannel implements ByteSource, ByteSink {
  readonly whenReadable: WaitList = new WaitList();
  readonly whenWritable: WaitList = new WaitList();
  readonly #pool: RingPool;
  /** Its length is a power of two, or 0 while there is nothing to keep. */
  #ring: Buffer = NO_RING;
  #head = 0;
  #length = 0;
  #limit: number;
  /** The writer saw a full channel and waits until `#resumeAt` bytes or fewer are left. */
  #stalled = false;
  #resumeAt: number;
  /** Bytes that `capacity` told of and that were not written since: they are taken, whatever became of limit and quota. */
  #granted = 0;
  #closed = false;
  #hasLost = false;
  #failure: Error | undefined;

  /** `limit` is from 1 to 2^30; channels that share a pool share the memory of those that are empty. */
  constructor(limit: number, pool: RingPool = new RingPool()) {
    this.#limit = limit;
    this.#resumeAt = limit >>> 1;
    this.#pool = pool;
  }

  get available(): number {
    return this.#length;
  }

  get ended(): boolean {
    return this.#closed && this.#length === 0;
  }

  get capacity(): number {
    if (this.#closed || this.#stalled) return 0;
    const room = this.#bound() - this.#length;
    if (room > 0) {
      const capacity = room < GRANT_MAX ? room : GRANT_MAX;
      if (capacity > this.#granted) this.#granted = capacity;
      return capacity;
    }
    // The limit or the quota shrank. Who sees that waits, and must be told when there is room again.
    this.#stalled = true;
    return 0;
  }

  get closed(): boolean {
    return this.#closed;
  }

  get failure(): Error | undefined {
    return this.#failure;
  }

  /** Whether bytes arrived that nobody read: they wait here, or `cancel` dropped them. */
  get hasUnread(): boolean {
    return this.#hasLost || this.#length > 0;
  }

  write(bytes: Uint8Array): void {
    const count = bytes.length;
    if (this.#closed) throw new RangeError(`Cannot write ${count} bytes: the sink is closed`);
    if (count === 0) return;
    const length = this.#length;
    const end = length + count;
    const granted = this.#granted;
    if (count > granted) {
      if (this.#stalled || end > this.#limit) this.#refuse(count);
      if (end > this.#ring.length && end > this.#bound()) this.#refuse(count);
    }
    this.#granted = count < granted ? granted - count : 0;
    if (end > this.#ring.length) this.#grow(end);
    const ring = this.#ring;
    const tail = (this.#head + length) & (ring.length - 1);
    const contiguous = ring.length - tail;
    if (count <= contiguous) {
      ring.set(bytes, tail);
    } else {
      ring.set(bytes.subarray(0, contiguous), tail);
      ring.set(bytes.subarray(contiguous), 0);
    }
    this.#length = end;
    if (end >= this.#limit) this.#stalled = true;
    if (length === 0) this.whenReadable.notify();
  }

  readInto(target: Uint8Array): number {
    const length = this.#length;
    const count = target.length < length ? target.length : length;
    if (count === 0) return 0;
    this.#copyOut(target, count);
    const left = length - count;
    this.#length = left;
    if (left === 0) this.#release();
    else this.#head = (this.#head + count) & (this.#ring.length - 1);
    if (this.#stalled) this.#resume();
    return count;
  }

  end(): void {
    if (this.#closed) return;
    this.#close();
  }

  abort(failure: Error): void {
    // A stream that ended in order did so for good: a reset that follows the FIN takes nothing from its reader.
    if (this.#closed) return;
    this.#failure = failure;
    this.#close();
  }

  cancel(): void {
    if (this.#length > 0) {
      this.#hasLost = true;
      this.#length = 0;
    }
    this.#close();
  }

  /** Changes how many bytes may wait; those already here stay, whatever the new limit. */
  setLimit(limit: number): void {
    this.#limit = limit;
    this.#resumeAt = limit >>> 1;
    if (this.#length >= limit) this.#stalled = true;
    else if (this.#stalled) this.#resume();
  }

  /** How many bytes may wait now. Who has a ring that is large enough keeps it; another one is a matter of the quota. */
  #bound(): number {
    const limit = this.#limit;
    const held = this.#ring.length;
    if (limit <= SMALL_RING || limit <= held || this.#pool.hasRoom(powerOfTwo(limit))) return limit;
    return Math.max(SMALL_RING, held);
  }

  #refuse(count: number): never {
    throw new RangeError(`Cannot write ${count} bytes: the sink takes ${this.capacity}`);
  }

  #copyOut(target: Uint8Array, count: number): void {
    const ring = this.#ring;
    const head = this.#head;
    const contiguous = ring.length - head;
    if (count <= contiguous) {
      ring.copy(target, 0, head, head + count);
    } else {
      ring.copy(target, 0, head, ring.length);
      ring.copy(target, contiguous, 0, count - contiguous);
    }
  }

  /** There are two sizes only, so a fast writer pays for one small copy and not for a series of doublings. */
  #grow(needed: number): void {
    const old = this.#ring;
    const ring = this.#pool.take(this.#ringFor(needed));
    if (this.#length > 0) this.#copyOut(ring, this.#length);
    this.#ring = ring;
    this.#head = 0;
    if (old.length > 0) this.#pool.give(old);
  }

  #ringFor(needed: number): number {
    if (needed <= SMALL_RING) return SMALL_RING;
    const full = powerOfTwo(this.#limit);
    // What was granted may be more than limit or quota allow by now; it gets no more than it needs.
    return needed <= full && this.#pool.hasRoom(full) ? full : powerOfTwo(needed);
  }

  /** The channel is empty: a large ring goes to whoever needs it next, a small one stays while more may come. */
  #release(): void {
    this.#head = 0;
    const ring = this.#ring;
    if (ring.length > SMALL_RING || (this.#closed && ring.length > 0)) {
      this.#ring = NO_RING;
      this.#pool.give(ring);
    }
  }

  #resume(): void {
    if (this.#length > this.#resumeAt) return;
    this.#stalled = false;
    if (!this.#closed) this.whenWritable.notify();
  }

  #close(): void {
    this.#closed = true;
    if (this.#length === 0) this.#release();
    this.whenReadable.notify();
    this.whenWritable.notify();
  }
}

/** The smallest power of two that is not below `size`, for sizes from 1 to 2^30. */
function powerOfTwo(size: number): number {
  return size <= 1 ? 1 : 1 << (32 - Math.clz32(size - 1));
}
