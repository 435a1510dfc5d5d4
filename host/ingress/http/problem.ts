import { STATUS_CODES, type OutgoingHttpHeaders, type ServerResponse } from "node:http";
import { TargetError, type TargetErrorCode } from "./target.ts";

/** An answer of the ingress itself, as `application/problem+json` (RFC 9457). */
export interface Problem {
  readonly status: 400 | 404 | 500 | 502 | 503 | 504;
  /** A sentence about this occurrence. */
  readonly detail: string;
  readonly workload?: string;
  readonly guest?: string;
  /** Seconds, for `Retry-After`. */
  readonly retryAfter?: number;
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

/** Writes the whole answer. The head must not have been sent. */
export function sendProblem(response: ServerResponse, problem: Problem): void {
  const { status, retryAfter, ...rest } = problem;
  const body = `${JSON.stringify({ type: "about:blank", title: STATUS_CODES[status], status, ...rest })}\n`;
  const headers: OutgoingHttpHeaders = {
    "content-type": "application/problem+json",
    "content-length": Buffer.byteLength(body),
  };
  if (retryAfter !== undefined) headers["retry-after"] = String(retryAfter);
  response.writeHead(status, headers);
  response.end(body);
}

const STATUS: Readonly<Record<TargetErrorCode, 502 | 503 | 504>> = {
  "not-running": 503,
  overloaded: 503,
  "guest-failed": 502,
  died: 502,
  timeout: 504,
};
