import type { ByteSink } from "../../network/byte-stream.ts";
import { WaitList } from "../../network/wait-list.ts";

/** The longest line in bytes; longer ones are cut into pieces that say so. */
export const LINE_LENGTH_MAX = 16_384;

/** Ends a piece of a line that goes on in the next piece. */
export const CONTINUED = "…";

/**
 * Turns the bytes that a guest writes into lines of text.
 *
 * `\n` and `\r\n` end a line and are not part of it. Bytes that are not UTF-8 become U+FFFD.
 * A line of more than `LINE_LENGTH_MAX` bytes is handed over in pieces, cut between characters,
 * each but the last ending in `CONTINUED`. What follows the last line end is handed over at `end`.
 */
export class LineSink implements ByteSink {
  readonly whenWritable: WaitList = new WaitList();
  readonly #onLine: (line: string) => void;
  readonly #decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  /** The beginning of a line whose end has not come yet; made when first needed. */
  #pending: Uint8Array | undefined;
  #length = 0;
  #closed = false;

  constructor(onLine: (line: string) => void) {
    this.#onLine = onLine;
  }

  /** Lines are handed over at once, so there is always room. */
  get capacity(): number {
    return this.#closed ? 0 : WRITE_MAX;
  }

  get closed(): boolean {
    return this.#closed;
  }

  get failure(): undefined {
    return undefined;
  }

  write(bytes: Uint8Array): void {
    if (this.#closed) throw new RangeError("Cannot write: the sink is closed");
    if (bytes.length > WRITE_MAX) {
      throw new RangeError(`Cannot write ${bytes.length} bytes: the capacity is ${WRITE_MAX}`);
    }
    let start = 0;
    for (;;) {
      const end = bytes.indexOf(NEWLINE, start);
      if (end === -1) break;
      this.#append(bytes.subarray(start, end));
      this.#finishLine();
      start = end + 1;
    }
    this.#append(bytes.subarray(start));
  }

  end(): void {
    if (this.#closed) return;
    this.#closed = true;
    if (this.#length > 0) this.#finishLine();
    this.#pending = undefined;
    this.whenWritable.notify();
  }

  /** The same as `end`: lines that were written stay written. */
  abort(): void {
    this.end();
  }

  #append(bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    const pending = (this.#pending ??= new Uint8Array(LINE_LENGTH_MAX));
    let rest = bytes;
    while (this.#length + rest.length > LINE_LENGTH_MAX) {
      const taken = rest.subarray(0, LINE_LENGTH_MAX - this.#length);
      pending.set(taken, this.#length);
      this.#length = LINE_LENGTH_MAX;
      this.#cut(pending);
      rest = rest.subarray(taken.length);
    }
    pending.set(rest, this.#length);
    this.#length += rest.length;
  }

  /** Hands over a full buffer as a piece and keeps the last character if its end is missing. */
  #cut(pending: Uint8Array): void {
    const end = lastBoundary(pending);
    this.#onLine(this.#decoder.decode(pending.subarray(0, end)) + CONTINUED);
    pending.copyWithin(0, end);
    this.#length -= end;
  }

  #finishLine(): void {
    const line = this.#pending?.subarray(0, this.#length) ?? EMPTY;
    this.#length = 0;
    const text = line.at(-1) === CARRIAGE_RETURN ? line.subarray(0, -1) : line;
    this.#onLine(this.#decoder.decode(text));
  }
}

/** What one call of `write` takes, as `wasi:io/streams.blocking-write-and-flush` does times sixteen. */
const WRITE_MAX = 65_536;
const NEWLINE = 0x0a;
const CARRIAGE_RETURN = 0x0d;
const EMPTY = new Uint8Array(0);

/** Where the last character of `bytes` begins if more of it may follow, else the length. */
function lastBoundary(bytes: Uint8Array): number {
  // A character of UTF-8 has at most four bytes, so its first is among the last three if it is incomplete.
  for (let back = 1; back <= 3; back += 1) {
    const byte = bytes[bytes.length - back] ?? 0;
    if (byte < 0x80) return bytes.length;
    if (byte >= 0xc0) return sequenceLength(byte) > back ? bytes.length - back : bytes.length;
  }
  return bytes.length;
}

function sequenceLength(first: number): number {
  if (first >= 0xf0) return 4;
  return first >= 0xe0 ? 3 : 2;
}
