/** Where bytes go: a `Connection`. */
export interface Writer {
  /** Takes as many of the bytes as it can without waiting, and returns how many. */
  write(bytes: Uint8Array): number;
}

/** Bytes that wait to be written, in order. */
export class ByteQueue {
  #chunks: Uint8Array[] = [];
  #length = 0;

  /** How many bytes wait. */
  get length(): number {
    return this.#length;
  }

  push(bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    this.#chunks.push(bytes);
    this.#length += bytes.length;
  }

  /** Writes until all is written or the writer takes no more. */
  writeTo(writer: Writer): void {
    for (;;) {
      const [first] = this.#chunks;
      if (first === undefined) return;
      const written = writer.write(first);
      this.#length -= written;
      if (written < first.length) {
        this.#chunks[0] = first.subarray(written);
        return;
      }
      this.#chunks.shift();
    }
  }
}
