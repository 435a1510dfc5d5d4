/** Characters that one call of `String.fromCharCode` takes. */
const PIECE = 8192;

/**
 * Bytes as a string with a character for each of them (Latin-1). Redis' keys and values are bytes, not texts;
 * as strings they can be compared, joined and used as keys of a `Map`.
 */
export function toByteString(bytes: Uint8Array): string {
  let text = "";
  for (let at = 0; at < bytes.length; at += PIECE) {
    text += String.fromCharCode(...bytes.subarray(at, at + PIECE));
  }
  return text;
}

/** The bytes that a string of `toByteString` stands for. */
export function fromByteString(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length);
  for (let at = 0; at < text.length; at++) bytes[at] = text.charCodeAt(at);
  return bytes;
}
