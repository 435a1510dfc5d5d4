/** RFC 9110 §5.6.2 `token`. */
const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
/** RFC 9110 §5.5: everything but visible characters, space, tab and obs-text. */
// eslint-disable-next-line no-control-regex
const NOT_IN_VALUE = /[^\t\x20-\x7e\x80-\xff]/;

/**
 * Fields of the connection or of the host's own making, not of the message: RFC 9110 §7.6.1, and the list
 * that wasmtime and wasmCloud forbid.
 */
const FORBIDDEN: ReadonlySet<string> = new Set([
  "connection",
  "host",
  "http2-settings",
  "keep-alive",
  "proxy-authenticate",
  "proxy-authorization",
  "proxy-connection",
  "transfer-encoding",
  "upgrade",
]);

export function isFieldName(name: string): boolean {
  return TOKEN.test(name);
}

/** Judges a value whose characters stand for its bytes (latin1). */
export function isFieldValue(value: string): boolean {
  return !NOT_IN_VALUE.test(value);
}

/** Whether a guest neither sets nor sees the field. `name` is in lower case. */
export function isForbiddenField(name: string): boolean {
  return FORBIDDEN.has(name);
}
