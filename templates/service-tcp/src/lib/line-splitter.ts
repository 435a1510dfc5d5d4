import { concat } from "./concat.ts";

const NEWLINE = 0x0a;
const CARRIAGE_RETURN = 0x0d;

/**
 * Puts lines together from reads of any size: a line may arrive in pieces, several in one piece,
 * and a character may be cut in two. Lines end with LF or CRLF.
 */
export class LineSplitter {
  readonly #maxLine: number;
  readonly #decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  /** The pieces of a line whose end has not arrived. */
  #pieces: Uint8Array[] = [];
  #length = 0;
  #tooLong = false;

  /** @param maxLine the longest line in bytes, without its end. */
  constructor(maxLine: number) {
    this.#maxLine = maxLine;
  }

  /** Whether a line was longer than allowed: it and all that follows is dropped. */
  get tooLong(): boolean {
    return this.#tooLong;
  }

  /** Takes what was read, and returns the lines that it completes. */
  push(bytes: Uint8Array): string[] {
    const lines: string[] = [];
    let start = 0;
    while (!this.#tooLong && start < bytes.length) {
      const newline = bytes.indexOf(NEWLINE, start);
      this.#keep(bytes.subarray(start, newline < 0 ? bytes.length : newline));
      if (newline < 0) break;
      const line = this.end();
      if (!this.#tooLong) lines.push(line ?? "");
      start = newline + 1;
    }
    return lines;
  }

  /** The last line, when the bytes end without a newline; undefined where nothing is left. */
  end(): string | undefined {
    if (this.#length === 0) return undefined;
    let line = concat(this.#pieces);
    if (line.at(-1) === CARRIAGE_RETURN) line = line.subarray(0, -1);
    this.#clear();
    if (line.length > this.#maxLine) this.#tooLong = true;
    return this.#tooLong ? undefined : this.#decoder.decode(line);
  }

  #keep(piece: Uint8Array): void {
    if (piece.length === 0) return;
    // One byte more than a line may have: the carriage return of its end.
    if (this.#length + piece.length > this.#maxLine + 1) {
      this.#tooLong = true;
      this.#clear();
      return;
    }
    this.#pieces.push(piece);
    this.#length += piece.length;
  }

  #clear(): void {
    this.#pieces = [];
    this.#length = 0;
  }
}
