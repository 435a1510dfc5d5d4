import { HttpError } from "./lib/http-error.ts";

/**
 * The lines of the payload in `{"payload": "…"}`. A newline at the end starts no further line.
 *
 * @param maxLine the longest line in bytes of UTF-8.
 * @throws HttpError 413 for a longer line, 400 for anything else.
 */
export function parseTask(body: string, maxLine: number): string[] {
  const payload = payloadOf(parseJson(body));
  const lines = payload.replace(/\r?\n$/, "").split(/\r?\n/);
  const encoder = new TextEncoder();
  if (lines.some((line) => line.length * 3 > maxLine && encoder.encode(line).length > maxLine)) {
    throw new HttpError(413, `A line of "payload" is longer than ${maxLine} bytes`);
  }
  return lines;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new HttpError(400, "The body is not JSON");
  }
}

function payloadOf(task: unknown): string {
  if (typeof task === "object" && task !== null && "payload" in task) {
    if (typeof task.payload === "string") return task.payload;
  }
  throw new HttpError(400, 'The body has no text "payload"');
}
