/**
 * Reads a UUID in the forms that bore's parser takes: hyphenated, simple, in braces, as a URN, in either case.
 * Returns it hyphenated and in lower case, or undefined for anything else.
 */
export function parseUuid(value: unknown): string | undefined {
  if (typeof value !== "string" || value.length > LENGTH_MAX) return undefined;
  const match = FORM.exec(value);
  if (match === null) return undefined;
  const digits = (match[1] ?? match[2] ?? match[3] ?? match[4] ?? "").replaceAll("-", "");
  const hex = digits.toLowerCase();
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    hex.slice(12, 16),
    hex.slice(16, 20),
    hex.slice(20),
  ].join("-");
}

/** `urn:uuid:` and 36 characters. */
const LENGTH_MAX = 45;
const HYPHENATED = "[\\da-f]{8}-[\\da-f]{4}-[\\da-f]{4}-[\\da-f]{4}-[\\da-f]{12}";
const FORM = new RegExp(
  `^(?:(${HYPHENATED})|([\\da-f]{32})|\\{(${HYPHENATED})\\}|urn:uuid:(${HYPHENATED}))$`,
  "i",
);
