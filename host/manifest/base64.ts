/** What a base64 text is of. */
export type Decoded =
  | { readonly tag: "text"; readonly text: string }
  | { readonly tag: "malformed" }
  | { readonly tag: "binary" };

/** Decodes base64 (RFC 4648 §4, line breaks allowed) that should encode UTF-8 text. */
export function decodeBase64(encoded: string): Decoded {
  const compact = encoded.replaceAll(/[\r\n]/g, "");
  // Buffer skips what is not base64; what it makes of it then differs from what was written.
  const bytes = Buffer.from(compact, "base64");
  if (bytes.toString("base64") !== compact) return { tag: "malformed" };
  try {
    return { tag: "text", text: new TextDecoder("utf-8", STRICT).decode(bytes) };
  } catch {
    return { tag: "binary" };
  }
}

const STRICT = { fatal: true, ignoreBOM: true };
