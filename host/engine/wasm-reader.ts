import { EngineError } from "./error.ts";

const DECODER = new TextDecoder("utf-8", { fatal: true });

/**
 * Reads the binary format of core modules and components from untrusted bytes.
 * Each read beyond the end, each overlong integer and each name that is not UTF-8
 * is an `EngineError`; nothing is ever read outside of `bytes`.
 */
export class WasmReader {
  readonly bytes: Uint8Array;
  readonly end: number;
  at: number;

  constructor(bytes: Uint8Array, at = 0, end: number = bytes.length) {
    this.bytes = bytes;
    this.at = at;
    this.end = end;
  }

  get done(): boolean {
    return this.end <= this.at;
  }

  /** One byte. */
  byte(): number {
    const byte = this.at < this.end ? this.bytes[this.at] : undefined;
    if (byte === undefined) {
      throw new EngineError(
        "truncated",
        `Image ends at byte ${this.at}, in the middle of a section`,
      );
    }
    this.at += 1;
    return byte;
  }

  /** An unsigned LEB128 of at most 32 bits. */
  u32(): number {
    return this.#unsigned(32);
  }

  /** An unsigned LEB128 of at most 64 bits, refused beyond 2^53 - 1. */
  u64(): number {
    return this.#unsigned(64);
  }

  /** A length followed by as many bytes of UTF-8. */
  name(): string {
    const length = this.u32();
    const start = this.at;
    this.skip(length);
    try {
      return DECODER.decode(this.bytes.subarray(start, this.at));
    } catch (cause) {
      throw new EngineError("invalid-component", `Name at byte ${start} is not UTF-8`, { cause });
    }
  }

  /** Moves over `length` bytes. */
  skip(length: number): void {
    if (this.end - this.at < length) {
      throw new EngineError(
        "truncated",
        `Image ends at byte ${this.end}, ${length} bytes are announced at byte ${this.at}`,
      );
    }
    this.at += length;
  }

  /** The section that starts here, its id read; moves behind it. */
  section(): { readonly id: number; readonly start: number; readonly body: WasmReader } {
    const start = this.at;
    const id = this.byte();
    const length = this.u32();
    const bodyStart = this.at;
    this.skip(length);
    return { id, start, body: new WasmReader(this.bytes, bodyStart, this.at) };
  }

  #unsigned(bits: number): number {
    const start = this.at;
    let value = 0;
    let scale = 1;
    for (let shift = 0; ; shift += 7) {
      const byte = this.byte();
      value += (byte & 0x7f) * scale;
      scale *= 128;
      // The format allows no more than ceil(bits / 7) bytes, nor values of more bits than that.
      if (bits <= shift || 2 ** bits <= value || !Number.isSafeInteger(value)) {
        throw new EngineError("invalid-component", `Integer at byte ${start} is out of range`);
      }
      if (byte < 0x80) return value;
    }
  }
}

/** `value` as an unsigned LEB128. */
export function toLeb128(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  while (0x80 <= rest) {
    bytes.push((rest % 128) | 0x80);
    rest = Math.floor(rest / 128);
  }
  bytes.push(rest);
  return bytes;
}
