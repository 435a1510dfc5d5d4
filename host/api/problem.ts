/** What the API answers where it cannot do what it was asked for: `application/problem+json` (RFC 9457). */
import { STATUS_CODES } from "node:http";
import type { ManifestErrorCode } from "../manifest/error.ts";

/** Stable names of problems; `type` is their URI. Clients decide by it, never by the words. */
export type ProblemCode =
  /** The request is not what the route takes; `errors` says where. */
  | "invalid-request"
  /** The manifests have mistakes; `errors` has all of them with their places. */
  | "invalid-manifest"
  /** The manifests are right, but one of their workloads cannot run; `errors` has all reasons. */
  | "cannot-run"
  | "unauthorized"
  | "foreign-origin"
  | "unknown-host"
  | "not-found"
  | "method-not-allowed"
  /** The name belongs to several workloads. */
  | "ambiguous"
  | "conflict"
  /** The port is one that forwards may not take. */
  | "port-not-allowed"
  /** There are as many as there may be. */
  | "quota-exceeded"
  /** The request is well-formed, and asks for what there is not. */
  | "unprocessable"
  /** The address cannot be had on this machine. */
  | "cannot-forward"
  | "too-large"
  | "not-json"
  | "too-many-streams"
  /** The host is stopping. */
  | "closed"
  | "not-ready"
  | "internal";

/** One of several mistakes. */
export interface ProblemDetail {
  /** A sentence without a full stop. */
  readonly detail: string;
  /** The part of the request: a JSON pointer into the body (RFC 6901), or the name of a parameter. */
  readonly pointer?: string;
  /** Where in a manifest; line and column from 1. */
  readonly file?: string;
  readonly line?: number;
  readonly column?: number;
  /** What kind of mistake of a manifest it is. */
  readonly code?: ManifestErrorCode;
}

/** What a client gets. */
export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly errors?: readonly ProblemDetail[];
}

/** What is answered where this is thrown; `detail` is a sentence without a full stop. */
export class ProblemError extends Error {
  override readonly name = "ProblemError";
  readonly problem: Problem;
  /** Header fields that the answer has besides its own. */
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    code: ProblemCode,
    detail: string,
    options: {
      readonly errors?: readonly ProblemDetail[];
      readonly headers?: Readonly<Record<string, string>>;
    } = {},
  ) {
    super(detail);
    this.problem = createProblem(code, detail, options.errors);
    this.headers = options.headers ?? {};
  }
}

export const PROBLEM_TYPE = "application/problem+json";

/** The body of an answer. */
export function createProblem(
  code: ProblemCode,
  detail: string,
  errors?: readonly ProblemDetail[],
): Problem {
  const { status, title } = CATALOGUE[code];
  return {
    type: problemType(code),
    title: title ?? STATUS_CODES[status] ?? code,
    status,
    detail,
    ...(errors !== undefined && { errors }),
  };
}

const CATALOGUE: Readonly<
  Record<ProblemCode, { readonly status: number; readonly title?: string }>
> = {
  "invalid-request": { status: 400, title: "Invalid request" },
  "invalid-manifest": { status: 422, title: "Invalid manifest" },
  "cannot-run": { status: 422, title: "Workload cannot run" },
  unauthorized: { status: 401 },
  "foreign-origin": { status: 403, title: "Foreign origin" },
  "unknown-host": { status: 421, title: "Unknown host" },
  "not-found": { status: 404 },
  "method-not-allowed": { status: 405 },
  ambiguous: { status: 409, title: "Ambiguous name" },
  conflict: { status: 409 },
  "port-not-allowed": { status: 403, title: "Port not allowed" },
  "cannot-forward": { status: 422, title: "Cannot forward" },
  "quota-exceeded": { status: 429, title: "Quota exceeded" },
  unprocessable: { status: 422 },
  "too-large": { status: 413, title: "Too large" },
  "not-json": { status: 415, title: "JSON is needed" },
  "too-many-streams": { status: 503, title: "Too many streams" },
  closed: { status: 503, title: "Host is stopping" },
  "not-ready": { status: 503, title: "Not ready" },
  internal: { status: 500 },
};

/** The URI of a problem's type. */
function problemType(code: ProblemCode): string {
  return `https://islet.dev/problems/${code}`;
}
