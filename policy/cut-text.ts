/**
 * The first `max` characters of a text that may be a guest's. The result is a copy where it is shorter: what V8 makes
 * of `slice` is a view of the long text, which would keep all of it.
 */
export function cutText(text: string, max: number): string {
  if (text.length <= max) return text;
  return Buffer.from(text.slice(0, max), "utf16le").toString("utf16le");
}
