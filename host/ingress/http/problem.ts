import { STATUS_CODES } from "node:http";
import { constants, type Http2ServerResponse } from "node:http2";
import type { OutgoingMessage } from "./outgoing.ts";
import { TargetError, type TargetErrorCode } from "./target.ts";

/** An answer of the ingress itself, as `application/problem+json` (RFC 9457). */
export interface Problem {
  readonly status: 400 | 404 | 408 | 413 | 431 | 500 | 502 | 503 | 504;
  /** A sentence about this occurrence. */
  readonly detail: string;
  readonly workload?: string;
  readonly guest?: string;
  /** Seconds, for `Retry-After`. */
  readonly retryAfter?: number;
  /** Whether the connection ends with this answer, for what else may be on it is not to be trusted or not wanted. */
  readonly close?: boolean;
}

/** What the client is told of an error that a target gave; faults of the host stay in its log. */
export function problemOf(error: unknown): Problem {
  if (!(error instanceof TargetError)) {
    return { status: 500, detail: "The host failed to pass the request on" };
  }
  return {
    status: STATUS[error.code],
    detail: error.message,
    workload: error.workload,
    ...(error.guest !== undefined && { guest: error.guest }),
    ...(STATUS[error.code] === 503 && { retryAfter: 1 }),
  };
}

/** Writes the whole answer. The head must not have been sent; one that could not be is forgotten. */
export function sendProblem(response: OutgoingMessage, problem: Problem): void {
  if ("stream" in response) {
    sendToStream(response, problem);
    return;
  }
  const { body, headers } = toAnswer(problem);
  response.writeHead(problem.status, STATUS_CODES[problem.status], headers);
  response.end(body, "latin1");
}

function sendToStream(response: Http2ServerResponse, problem: Problem): void {
  const { stream } = response;
  if (stream.destroyed || stream.closed) return;
  // RFC 9113 §8.2.2: HTTP/2 has no fields about connections.
  const { body, headers } = toAnswer({ ...problem, close: false });
  response.statusCode = problem.status;
  // Not by the response, which keeps the fields of an answer that could not be sent.
  stream.respond({ ":status": problem.status, ...toObject(headers) });
  response.end(body, "latin1");
  // RFC 9113 §8.1: a client that still sends is asked to stop, once it has the answer.
  if (problem.close === true) stream.close(constants.NGHTTP2_NO_ERROR);
}

function toObject(flat: readonly string[]): Record<string, string> {
  const object: Record<string, string> = {};
  for (let index = 0; index + 1 < flat.length; index += 2) {
    object[flat[index] ?? ""] = flat[index + 1] ?? "";
  }
  return object;
}

/** The whole answer as bytes of HTTP/1.1, for connections whose requests Node does not parse any more. */
export function toRawProblem(problem: Problem): string {
  const { body, headers } = toAnswer({ ...problem, close: true });
  const fields = headers.map((text, index) => (index % 2 === 0 ? `${text}: ` : `${text}\r\n`));
  return `HTTP/1.1 ${problem.status} ${STATUS_CODES[problem.status]}\r\n${fields.join("")}\r\n${body}`;
}

function toAnswer({ status, retryAfter, close, ...rest }: Problem): {
  readonly body: string;
  readonly headers: string[];
} {
  const title = STATUS_CODES[status];
  const text = `${JSON.stringify({ type: "about:blank", title, status, ...rest })}\n`;
  const body = Buffer.from(text).toString("latin1");
  const headers = [
    "content-type",
    "application/problem+json",
    "content-length",
    String(body.length),
  ];
  if (retryAfter !== undefined) headers.push("retry-after", String(retryAfter));
  if (close === true) headers.push("connection", "close");
  return { body, headers };
}

const STATUS: Readonly<Record<TargetErrorCode, 502 | 503 | 504>> = {
  "not-running": 503,
  overloaded: 503,
  "guest-failed": 502,
  died: 502,
  timeout: 504,
};
