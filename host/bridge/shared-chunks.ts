import { LinkError } from "./error.ts";

/** The most bytes that one shared chunk holds: what a socket is read for at a time. */
export const SHARED_CHUNK: number = 64 * 1024;

/** Chunks of one link: eight windows of a stream. Who finds none free sends a copy, as if there were no sharing. */
const COUNT = 32;

/** In front of the chunks there is a word for each: 1 while its reader has it. */
const WORDS = COUNT * Int32Array.BYTES_PER_ELEMENT;

/**
 * The writer's side of memory that two threads share: a chunk is copied in here and read over there, and nothing is
 * allocated, transferred or collected for it. Pages that were never written take no memory.
 */
export class ChunkLender {
  readonly memory: SharedArrayBuffer = new SharedArrayBuffer(WORDS + COUNT * SHARED_CHUNK);
  readonly #words = new Int32Array(this.memory, 0, COUNT);
  readonly #bytes = new Uint8Array(this.memory, WORDS);

  /** Copies `bytes`, at most `SHARED_CHUNK` of them, into a chunk and returns its number; undefined where none is free. */
  lend(bytes: Uint8Array): number | undefined {
    // The lowest first: it is the one that the processor still has in its cache.
    for (let index = 0; index < COUNT; index += 1) {
      if (Atomics.load(this.#words, index) !== 0) continue;
      this.#bytes.set(bytes, index * SHARED_CHUNK);
      Atomics.store(this.#words, index, 1);
      return index;
    }
    return undefined;
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
    if (!isChunk || !isLength || Atomics.load(this.#words, index) !== 1) {
      throw new LinkError("protocol-violation", `Chunk ${index} was not lent`);
    }
    return new Uint8Array(this.#memory, WORDS + index * SHARED_CHUNK, length);
  }

  /** The writer may use the chunk again. */
  giveBack(index: number): void {
    Atomics.store(this.#words, index, 0);
  }
}
