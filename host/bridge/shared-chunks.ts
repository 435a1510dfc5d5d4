import { LinkError } from "./error.ts";

/** The most bytes that one shared chunk holds: what a socket is read for at a time. */
export const SHARED_CHUNK: number = 64 * 1024;

/** Chunks of one link: sixteen first windows of streams. Who finds none free sends a copy, as if there were no sharing. */
const COUNT = 64;

/** Only so many of them are reserved: a socket whose peer is slow keeps one for long, and others have to go on. */
const RESERVABLE = COUNT / 2;

/** In front of the chunks there is a word for each, which tells who has it. */
const WORDS = COUNT * Int32Array.BYTES_PER_ELEMENT;

const FREE = 0;
const LENT = 1;
/** The writer has it, and fills it. */
const RESERVED = 2;

/**
 * The writer's side of memory that two threads share: a chunk is copied in here and read over there, and nothing is
 * allocated, transferred or collected for it. Pages that were never written take no memory.
 */
export class ChunkLender {
  readonly memory: SharedArrayBuffer = new SharedArrayBuffer(WORDS + COUNT * SHARED_CHUNK);
  readonly #words = new Int32Array(this.memory, 0, COUNT);
  readonly #bytes = new Uint8Array(this.memory, WORDS);

  /**
   * Copies `bytes`, at most `SHARED_CHUNK` of them, into a chunk and returns its number; undefined where none is free.
   * The first bytes of a reserved chunk are where they have to be.
   */
  lend(bytes: Uint8Array): number | undefined {
    const reserved = this.#reserved(bytes);
    const index = reserved ?? this.#findFree(COUNT);
    if (index === undefined) return undefined;
    if (reserved === undefined) this.#bytes.set(bytes, index * SHARED_CHUNK);
    Atomics.store(this.#words, index, LENT);
    return index;
  }

  /** A chunk to be filled from its start and then lent, or else released; undefined where too few are free. */
  reserve(): Uint8Array | undefined {
    const index = this.#findFree(RESERVABLE);
    if (index === undefined) return undefined;
    Atomics.store(this.#words, index, RESERVED);
    return this.#bytes.subarray(index * SHARED_CHUNK, (index + 1) * SHARED_CHUNK);
  }

  /** Gives a chunk back that `reserve` returned, unless it was lent since. */
  release(chunk: Uint8Array): void {
    const index = this.#reserved(chunk);
    if (index !== undefined) Atomics.store(this.#words, index, FREE);
  }

  /** The lowest first: it is the one that the processor still has in its cache. */
  #findFree(end: number): number | undefined {
    for (let index = 0; index < end; index += 1) {
      if (Atomics.load(this.#words, index) === FREE) return index;
    }
    return undefined;
  }

  /** The number of the chunk that was reserved and that `bytes` are the start of. */
  #reserved(bytes: Uint8Array): number | undefined {
    if (bytes.buffer !== this.memory) return undefined;
    const index = (bytes.byteOffset - WORDS) / SHARED_CHUNK;
    // Bytes from within a chunk are no start of one.
    if (!Number.isInteger(index)) return undefined;
    return Atomics.load(this.#words, index) === RESERVED ? index : undefined;
  }
}

/** The reader's side of the memory of a `ChunkLender`. */
export class ChunkBorrower {
  readonly #memory: SharedArrayBuffer;
  readonly #words: Int32Array;

  /** Throws `LinkError` for anything but such memory. */
  constructor(memory: unknown) {
    if (
      !(memory instanceof SharedArrayBuffer) ||
      memory.byteLength !== WORDS + COUNT * SHARED_CHUNK
    ) {
      throw new LinkError("protocol-violation", "The other end shared something but its chunks");
    }
    this.#memory = memory;
    this.#words = new Int32Array(memory, 0, COUNT);
  }

  /** The first `length` bytes of chunk `index`, until `giveBack`. Throws `LinkError` for what was not lent. */
  borrow(index: number, length: number): Uint8Array {
    const isChunk = Number.isInteger(index) && index >= 0 && index < COUNT;
    const isLength = Number.isInteger(length) && length > 0 && length <= SHARED_CHUNK;
    if (!isChunk || !isLength || Atomics.load(this.#words, index) !== LENT) {
      throw new LinkError("protocol-violation", `Chunk ${index} was not lent`);
    }
    return new Uint8Array(this.#memory, WORDS + index * SHARED_CHUNK, length);
  }

  /** The writer may use the chunk again. */
  giveBack(index: number): void {
    Atomics.store(this.#words, index, FREE);
  }
}
