import type * as IncomingHandler from "wasi:http/incoming-handler@0.2.12";
import {
  Fields,
  IncomingBody,
  OutgoingBody,
  OutgoingResponse,
  ResponseOutparam,
  type IncomingRequest,
} from "wasi:http/types@0.2.12";
import { concat } from "./concat.ts";
import { HttpError } from "./http-error.ts";
import { blockingRead, isClosed, writeAll } from "./io.ts";

const encoder = new TextEncoder();

/** A request, its body not yet read. */
export interface Request {
  /** `GET`, `POST`, … */
  readonly method: string;
  /** Without the query. */
  readonly path: string;
  /**
   * Reads the body, once.
   *
   * @throws HttpError 413 for a body longer than `limit` bytes.
   */
  body(limit: number): Uint8Array;
}

/** An answer with its body at hand; text is sent as UTF-8. */
export interface Response {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Makes the `incomingHandler` that a component exports of a function from request to response. */
export function serve(answer: (request: Request) => Response): typeof IncomingHandler {
  return {
    handle(incoming, out) {
      using request = incoming;
      const method = methodOf(request);
      respond(out, method, answerOrError(request, method, answer));
    },
  };
}

function answerOrError(
  incoming: IncomingRequest,
  method: string,
  answer: (request: Request) => Response,
): Response {
  try {
    return answer({
      method,
      path: (incoming.pathWithQuery() ?? "/").replace(/\?.*/, ""),
      body: (limit) => readBody(incoming, limit),
    });
  } catch (error) {
    if (error instanceof HttpError) {
      return { status: error.status, headers: error.headers, body: `${error.message}\n` };
    }
    console.error(error);
    return { status: 500, body: "Something went wrong here\n" };
  }
}

function methodOf(incoming: IncomingRequest): string {
  const method = incoming.method();
  return method.tag === "other" ? method.val : method.tag.toUpperCase();
}

function readBody(incoming: IncomingRequest, limit: number): Uint8Array {
  const body = incoming.consume();
  try {
    using input = body.stream();
    const chunks: Uint8Array[] = [];
    let length = 0;
    for (let chunk = blockingRead(input); chunk !== undefined; chunk = blockingRead(input)) {
      length += chunk.length;
      if (length > limit) throw new HttpError(413, `The body is longer than ${limit} bytes`);
      chunks.push(chunk);
    }
    return concat(chunks);
  } finally {
    IncomingBody.finish(body)[Symbol.dispose]();
  }
}

function respond(out: ResponseOutparam, method: string, response: Response): void {
  const bytes = encoder.encode(response.body);
  const withBody = method !== "HEAD";
  const headers = new Fields();
  for (const [name, value] of Object.entries({
    "content-type": "text/plain; charset=utf-8",
    ...(withBody && { "content-length": String(bytes.length) }),
    ...response.headers,
  })) {
    headers.append(name, encoder.encode(value));
  }
  const outgoing = new OutgoingResponse(headers);
  outgoing.setStatusCode(response.status);
  const body = outgoing.body();
  ResponseOutparam.set(out, { tag: "ok", val: outgoing });
  if (withBody && !send(body, bytes)) body[Symbol.dispose]();
  else OutgoingBody.finish(body, undefined);
}

/** Returns whether all was sent; it was not if the client has gone. */
function send(body: OutgoingBody, bytes: Uint8Array): boolean {
  using output = body.write();
  try {
    writeAll(output, bytes);
    return true;
  } catch (error) {
    if (isClosed(error)) return false;
    throw error;
  }
}
