/**
 * The first `max` characters of a text that may be a guest's. The result is a copy where it is shorter: what V8 makes
 * of `slice` is a view of the long text, which would keep all of it.
 */
export function cutText(text: string, max: number): string {
  if (text.length <= max) return text;
  return Buffer.from(text.slice(0, max), "utf16le").toString("utf16le");
}

/** The most characters of a message that a guest has a say in, where it goes to whoever keeps it. */
export const MESSAGE_MAX = 2000;

export function cutMessage(message: string): string {
  return cutText(message, MESSAGE_MAX);
}
