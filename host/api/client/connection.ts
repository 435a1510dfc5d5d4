import { Agent, type Dispatcher } from "undici";
import { type Problem, PROBLEM_TYPE } from "../problem.ts";
import { AnswerError, UnreachableError } from "./error.ts";

/** A host to talk to. */
export type Target =
  | { readonly tag: "socket"; readonly path: string }
  | { readonly tag: "url"; readonly url: URL; readonly token: string | undefined };

interface SendOptions {
  /** Sent as JSON. */
  readonly body?: unknown;
  readonly signal?: AbortSignal | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
}

/** The way to a host. */
export interface Connection extends AsyncDisposable {
  /** Sends a request; rejects with `UnreachableError`, and with `AnswerError` where it is answered with a problem. */
  send(
    method: Dispatcher.HttpMethod,
    path: string,
    options?: SendOptions,
  ): Promise<Dispatcher.ResponseData>;
}

export function createConnection(target: Target): Connection {
  const agent = new Agent({
    // Preparing and draining take as long as they take.
    headersTimeout: 0,
    bodyTimeout: 0,
    // A host of hundreds of workloads is asked about each; it takes only so many connections.
    connections: CONNECTIONS_MAX,
    connect: target.tag === "socket" ? { socketPath: target.path } : { timeout: CONNECT_TIME },
  });
  const origin = target.tag === "socket" ? "http://localhost" : target.url.origin;
  const token = target.tag === "url" ? target.token : undefined;
  return {
    async send(method, path, { body, signal, headers } = {}) {
      // Origin and path apart: in a URL a segment of dots would be resolved away.
      const options: Dispatcher.RequestOptions = {
        origin,
        path,
        method,
        headers: {
          ...headers,
          ...(token !== undefined && { authorization: `Bearer ${token}` }),
          ...(body !== undefined && { "content-type": "application/json" }),
        },
        body: body === undefined ? null : JSON.stringify(body),
        ...(signal !== undefined && { signal }),
      };
      const response = await agent.request(options).catch((error: unknown) => {
        throw signal?.aborted === true ? error : toUnreachable(error, target);
      });
      if (response.statusCode >= 200 && response.statusCode < 300) return response;
      throw new AnswerError(response.statusCode, await readProblem(response));
    },
    // What is still streaming is of no interest any more.
    [Symbol.asyncDispose]: () => agent.destroy(),
  };
}

/** Milliseconds. */
const CONNECT_TIME = 10_000;

/** To one host; less than the host takes from all of its clients together. */
const CONNECTIONS_MAX = 32;

async function readProblem({
  headers,
  body,
}: Dispatcher.ResponseData): Promise<Problem | undefined> {
  const type = headers["content-type"];
  const text = await body.text().catch(() => "");
  if (typeof type !== "string" || !type.startsWith(PROBLEM_TYPE)) return undefined;
  try {
    const problem: Problem = JSON.parse(text);
    return problem;
  } catch {
    return undefined;
  }
}

function toUnreachable(error: unknown, target: Target): UnreachableError {
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  const place = target.tag === "socket" ? target.path : target.url.origin;
  if (GONE.has(code)) {
    return new UnreachableError(`No islet host answers at ${place}`, true, { cause: error });
  }
  const reason =
    code === "EACCES"
      ? "it is another user's. Try --host http://127.0.0.1:8787 with its token in ISLET_TOKEN"
      : error instanceof Error
        ? error.message
        : String(error);
  return new UnreachableError(`Cannot talk to the islet host at ${place}: ${reason}`, false, {
    cause: error,
  });
}

const GONE: ReadonlySet<string> = new Set(["ENOENT", "ECONNREFUSED", "ENOTSOCK"]);
