/** What `new TextDecoder()` takes. */
export interface TextDecoderOptions {
  /** Throw a TypeError for bytes that are not UTF-8, instead of U+FFFD in their place. */
  readonly fatal?: boolean;
  /** Keep a byte order mark at the start. */
  readonly ignoreBOM?: boolean;
}

/** `TextDecoder` of the Encoding standard for engines that have none, for UTF-8. */
export class TextDecoder {
  readonly encoding: string = "utf-8";
  readonly fatal: boolean;
  readonly ignoreBOM: boolean;
  /** The start of a character whose rest is expected from the next call. */
  #pending: Uint8Array = new Uint8Array(0);
  #started = false;

  constructor(label = "utf-8", { fatal = false, ignoreBOM = false }: TextDecoderOptions = {}) {
    if (!/^\s*(?:unicode-1-1-)?utf-?8\s*$/iu.test(label)) {
      throw new RangeError(`Cannot decode ${label}: only utf-8 is available`);
    }
    this.fatal = fatal;
    this.ignoreBOM = ignoreBOM;
  }

  decode(input?: ArrayBuffer | ArrayBufferView, options?: { readonly stream?: boolean }): string {
    const stream = options?.stream ?? false;
    let bytes = joined(this.#pending, viewOf(input));
    const complete = stream ? bytes.length - incompleteTail(bytes) : bytes.length;
    this.#pending = bytes.slice(complete);
    bytes = bytes.subarray(0, complete);
    const text = this.#decode(bytes);
    const atStart = !this.#started;
    this.#started = stream && (this.#started || bytes.length > 0);
    return atStart && !this.ignoreBOM && text.startsWith("\uFEFF") ? text.slice(1) : text;
  }

  #decode(bytes: Uint8Array): string {
    try {
      // Every step is native code of the engine; it throws for anything that is not UTF-8.
      return decodeURIComponent(escape(atob(bytes.toBase64())));
    } catch (cause) {
      if (this.fatal) throw new TypeError("The bytes are not valid UTF-8", { cause });
      return decodeWithReplacements(bytes);
    }
  }
}

function viewOf(input: ArrayBuffer | ArrayBufferView | undefined): Uint8Array {
  if (input === undefined) return new Uint8Array(0);
  if (input instanceof Uint8Array) return input;
  if (!ArrayBuffer.isView(input)) return new Uint8Array(input);
  return new Uint8Array(input.buffer, input.byteOffset, input.byteLength);
}

function joined(first: Uint8Array, second: Uint8Array): Uint8Array {
  if (first.length === 0) return second;
  const both = new Uint8Array(first.length + second.length);
  both.set(first);
  both.set(second, first.length);
  return both;
}

/** How many bytes at the end are the valid start of a character that is not complete. */
function incompleteTail(bytes: Uint8Array): number {
  for (let length = 1; length <= Math.min(3, bytes.length); length++) {
    const tail = bytes.subarray(bytes.length - length);
    const needed = sequenceLength(tail[0] ?? 0);
    if (needed > 1) return needed > length && validPrefix(tail) === length ? length : 0;
  }
  return 0;
}

/**
 * One U+FFFD for each maximal part of an ill-formed sequence, as the Encoding standard has it:
 * a byte that cannot go on with the sequence starts a new one.
 */
function decodeWithReplacements(bytes: Uint8Array): string {
  const parts: string[] = [];
  for (let at = 0; at < bytes.length;) {
    const length = sequenceLength(bytes[at] ?? 0);
    const valid = validPrefix(bytes.subarray(at, at + length));
    const complete = length > 0 && valid === length;
    parts.push(complete ? String.fromCodePoint(codePoint(bytes, at, length)) : "\uFFFD");
    at += Math.max(1, valid);
  }
  return parts.join("");
}

/** Length of the sequence that a byte starts; 0 for a byte that starts none. */
function sequenceLength(lead: number): number {
  if (lead < 0x80) return 1;
  if (lead < 0xc2) return 0;
  if (lead < 0xe0) return 2;
  if (lead < 0xf0) return 3;
  return lead < 0xf5 ? 4 : 0;
}

/** How many of the bytes are the start of one well-formed sequence (Unicode, table 3-7). */
function validPrefix(bytes: Uint8Array): number {
  const lead = bytes[0] ?? 0;
  const length = Math.min(sequenceLength(lead), bytes.length);
  for (let at = 1; at < length; at++) {
    const byte = bytes[at] ?? 0;
    const lowest = at > 1 ? 0x80 : lead === 0xe0 ? 0xa0 : lead === 0xf0 ? 0x90 : 0x80;
    const highest = at > 1 ? 0xbf : lead === 0xed ? 0x9f : lead === 0xf4 ? 0x8f : 0xbf;
    if (byte < lowest || byte > highest) return at;
  }
  return length;
}

function codePoint(bytes: Uint8Array, at: number, length: number): number {
  const lead = bytes[at] ?? 0;
  let point = length === 1 ? lead : lead & (0xff >> (length + 1));
  for (let next = at + 1; next < at + length; next++)
    point = (point << 6) | ((bytes[next] ?? 0) & 0x3f);
  return point;
}
