import { createHash } from "node:crypto";

// Changes whenever the layout below or that of an artifact does.
const MAGIC = Buffer.from("ISLET\0\0\x01", "latin1");
const DIGEST_BYTES = 32;

/**
 * `payload` with a SHA-256 over its name and itself, so that a file that was truncated,
 * damaged, or moved to another name is noticed when it is opened.
 */
export function seal(name: string, payload: Uint8Array): Uint8Array {
  return Buffer.concat([MAGIC, digest(name, payload), payload]);
}

/** What was sealed under `name`; undefined if `bytes` are not exactly that. */
export function unseal(name: string, bytes: Uint8Array): Uint8Array | undefined {
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  const start = MAGIC.length + DIGEST_BYTES;
  if (view.length < start || !view.subarray(0, MAGIC.length).equals(MAGIC)) return undefined;
  const payload = view.subarray(start);
  return digest(name, payload).equals(view.subarray(MAGIC.length, start)) ? payload : undefined;
}

function digest(name: string, payload: Uint8Array): Buffer {
  return createHash("sha256").update(name).update("\0").update(payload).digest();
}
