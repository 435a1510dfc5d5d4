import type { FieldList, ResponseHead } from "../../wasi/http/message.ts";
import { isFieldValue } from "../../wasi/http/field-syntax.ts";
import { isOfConnection } from "./hop-by-hop.ts";

/** An answer that no client could read; the message says what is wrong with it. */
export class AnswerError extends Error {
  override readonly name = "AnswerError";
}

/** The head of an answer as Node takes it. */
export interface RawHead {
  /** Node's flat `[name, value, name, value]`. */
  readonly fields: string[];
  /** The length that the answer says its body has; undefined where it says nothing. */
  readonly length: number | undefined;
}

/**
 * Reads the head of an answer, without what is of the guest's connection only.
 * Throws `AnswerError` for a status that is not final and for a length that is none, or two.
 */
export function readHead({ status, headers }: ResponseHead): RawHead {
  // RFC 9110 §15.2: a client takes what follows a 1xx for the answer, which would be somebody else's.
  if (status < 200 || status > 599) {
    throw new AnswerError(`The workload answered with the status ${status}, which is not final`);
  }
  const fields: string[] = [];
  let length: string | undefined;
  for (const [name, value] of headers) {
    const lower = name.toLowerCase();
    if (isOfConnection(lower)) continue;
    const text = toText(value);
    // HTTP/2 of Node sends the answer without such a field, and says nothing.
    if (!isFieldValue(text)) throw new AnswerError(`The workload answered with a bad "${name}"`);
    if (lower !== CONTENT_LENGTH) {
      fields.push(name, text);
      continue;
    }
    // RFC 9110 §8.6: two that differ, or one that is no number, are for nobody to guess about.
    if (!/^\d{1,15}$/.test(text) || (length !== undefined && length !== text)) {
      throw new AnswerError(`The workload answered with the content-length "${text}"`);
    }
    length = text;
  }
  // RFC 9110 §8.6: "A server MUST NOT send a Content-Length header field in any response with a status code of 204".
  if (length === undefined || status === 204) return { fields, length: undefined };
  fields.push(CONTENT_LENGTH, length);
  return { fields, length: Number(length) };
}

/** The trailers of an answer, without those that say how to read the message (RFC 9110 §6.5.1). */
export function readTrailers(trailers: FieldList): [name: string, value: string][] {
  return trailers.flatMap(([name, value]): [string, string][] => {
    const lower = name.toLowerCase();
    const isRefused = isOfConnection(lower) || OF_MESSAGE.has(lower) || lower.startsWith(":");
    return isRefused ? [] : [[name, toText(value)]];
  });
}

export const CONTENT_LENGTH = "content-length";

const OF_MESSAGE: ReadonlySet<string> = new Set([CONTENT_LENGTH, "host", "trailer"]);

/** Field values are bytes; Node writes strings as Latin-1, which keeps each byte. */
function toText(value: string | Uint8Array): string {
  return typeof value === "string" ? value : Buffer.from(value).toString("latin1");
}
