import { toLeb128 } from "./wasm-reader.ts";

/** Bytes that grow at their end. */
export class ByteWriter {
  #bytes: Uint8Array;
  #length = 0;

  /** With room for `capacity` bytes at first. */
  constructor(capacity: number) {
    this.#bytes = new Uint8Array(Math.max(capacity, 16));
  }

  /** The number of bytes so far. */
  get length(): number {
    return this.#length;
  }

  /** What was written, without a copy: whatever is written later may change it. */
  get written(): Uint8Array {
    return this.#bytes.subarray(0, this.#length);
  }

  /** Appends `bytes`. */
  write(bytes: Uint8Array | readonly number[]): void {
    const end = this.#length + bytes.length;
    if (end > this.#bytes.length) this.#grow(end);
    this.#bytes.set(bytes, this.#length);
    this.#length = end;
  }

  /** Appends an unsigned LEB128. */
  u32(value: number): void {
    this.write(toLeb128(value));
  }

  /** Forgets what was written. */
  clear(): void {
    this.#length = 0;
  }

  #grow(needed: number): void {
    const grown = new Uint8Array(Math.max(needed, this.#bytes.length * 2));
    grown.set(this.written);
    this.#bytes = grown;
  }
}
