/** Chunks up to this size are copied together, so that many small ones cost no more memory than their bytes. */
const SMALL = 1024;

const EMPTY = new Uint8Array();

/** What a buffer for small chunks holds. */
const MERGE_BUFFER = 4096;

/** Bytes in order, held as the chunks in which they came. Its owner bounds `length`. */
export class ChunkQueue {
  #chunks: Uint8Array[] = [];
  /** Bytes of the first chunk that were read. */
  #offset = 0;
  /** Free bytes behind the last chunk, in a buffer of our own. */
  #room = 0;
  #length = 0;
  /** What to call for chunks of somebody else's memory once they were read; most queues never have any. */
  #borrowed: Map<Uint8Array, () => void> | undefined;

  get length(): number {
    return this.#length;
  }

  /** Adds `bytes`, which belong to the queue from then on. */
  push(bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    if (bytes.length <= SMALL && this.#chunks.length > 0) {
      this.append(bytes);
      return;
    }
    this.#chunks.push(bytes);
    this.#length += bytes.length;
    this.#room = 0;
  }

  /** Adds `bytes`, which stay their owner's: `giveBack` is called when they have left the queue. */
  pushBorrowed(bytes: Uint8Array, giveBack: () => void): void {
    (this.#borrowed ??= new Map()).set(bytes, giveBack);
    this.#chunks.push(bytes);
    this.#length += bytes.length;
    this.#room = 0;
  }

  /** Adds a copy of `bytes`. */
  append(bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    const last = this.#chunks.at(-1);
    if (last !== undefined && bytes.length <= this.#room) {
      const grown = new Uint8Array(last.buffer, last.byteOffset, last.length + bytes.length);
      grown.set(bytes, last.length);
      this.#chunks[this.#chunks.length - 1] = grown;
      this.#room -= bytes.length;
    } else if (last === undefined || bytes.length > SMALL) {
      this.#chunks.push(new Uint8Array(bytes));
      this.#room = 0;
    } else {
      const buffer = new Uint8Array(MERGE_BUFFER);
      buffer.set(bytes);
      this.#chunks.push(buffer.subarray(0, bytes.length));
      this.#room = MERGE_BUFFER - bytes.length;
    }
    this.#length += bytes.length;
  }

  /** Moves up to `target.length` bytes into `target` and returns how many. */
  readInto(target: Uint8Array): number {
    let filled = 0;
    let index = 0;
    while (filled < target.length) {
      const chunk = this.#chunks[index];
      if (chunk === undefined) break;
      const rest = chunk.length - this.#offset;
      const count = Math.min(rest, target.length - filled);
      target.set(chunk.subarray(this.#offset, this.#offset + count), filled);
      filled += count;
      if (count < rest) {
        this.#offset += count;
      } else {
        this.#offset = 0;
        index += 1;
      }
    }
    if (index > 0) this.#drop(index);
    this.#length -= filled;
    return filled;
  }

  /** Takes out the first bytes as they came, at most `limit`; a copy of those that were borrowed. */
  take(limit: number): Uint8Array {
    const bytes = this.peek(limit);
    const [first] = this.#chunks;
    const taken = first !== undefined && this.#borrowed?.has(first) ? bytes.slice() : bytes;
    this.skip(bytes.length);
    return taken;
  }

  /** The first bytes as they came, at most `limit`; they stay in the queue, to which they belong. */
  peek(limit: number): Uint8Array {
    const first = this.#chunks[0];
    if (first === undefined || limit < 1) return EMPTY;
    return first.subarray(this.#offset, this.#offset + limit);
  }

  /** Drops the first `count` bytes, which `peek` returned just now. */
  skip(count: number): void {
    const first = this.#chunks[0];
    if (first === undefined) return;
    this.#offset += count;
    this.#length -= count;
    if (this.#offset < first.length) return;
    this.#offset = 0;
    this.#drop(1);
  }

  /** Takes out the first chunk, where it has at least `size` bytes over a buffer of exactly its size. */
  takeLarge(size: number): Uint8Array | undefined {
    const first = this.#chunks[0];
    if (first === undefined || first.length < size || this.#offset > 0 || !isExact(first)) {
      return undefined;
    }
    return this.take(first.length);
  }

  /** Takes everything out as one array over a buffer of exactly its size. */
  takeAll(): Uint8Array {
    const first = this.#chunks[0];
    const isWhole = this.#chunks.length === 1 && first?.length === this.#length && isExact(first);
    const bytes = isWhole ? first : new Uint8Array(this.#length);
    if (!isWhole) this.readInto(bytes);
    this.clear();
    return bytes;
  }

  clear(): void {
    this.#drop(this.#chunks.length);
    this.#offset = 0;
    this.#length = 0;
  }

  /** Forgets the first `count` chunks. */
  #drop(count: number): void {
    const chunks = this.#chunks.splice(0, count);
    if (this.#chunks.length === 0) this.#room = 0;
    const borrowed = this.#borrowed;
    if (borrowed === undefined || borrowed.size === 0) return;
    for (const chunk of chunks) {
      borrowed.get(chunk)?.();
      borrowed.delete(chunk);
    }
  }
}

/** Whether cloning or transferring `bytes` sends no more than them. */
export function isExact(bytes: Uint8Array): boolean {
  return bytes.byteLength === bytes.buffer.byteLength;
}
