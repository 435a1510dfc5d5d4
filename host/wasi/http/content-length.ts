import type { FieldMap } from "./field-map.ts";

/** The length that the fields announce; undefined where there is none or it is no number (RFC 9110 §8.6). */
export function contentLength(fields: FieldMap): number | undefined {
  const [value] = fields.get("content-length");
  return value !== undefined && /^\d{1,15}$/.test(value) ? Number(value) : undefined;
}
