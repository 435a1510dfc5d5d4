import { type Agent, type IncomingHttpHeaders, type IncomingMessage, request } from "node:http";
import { buffer } from "node:stream/consumers";

export interface CallOptions {
  /** The `Host` header, where it is not the authority of the URL. */
  readonly host?: string;
  /** `POST` where there is a body, else `GET`. */
  readonly method?: string;
  readonly body?: string | Uint8Array;
  readonly agent?: Agent;
}

/** A whole answer. */
export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  readonly text: string;
}

/** What the ingress says of a request that no guest answered (RFC 9457). */
export interface ProblemDetails {
  readonly status: number;
  readonly title: string;
  readonly detail: string;
  readonly workload?: string;
  readonly guest?: string;
}

/** Makes one request, which unlike `fetch` may name any host. Rejects where the connection breaks before the answer is whole. */
export async function call(url: string, options: CallOptions = {}): Promise<Answer> {
  const { host, body, agent } = options;
  const { promise, resolve, reject } = Promise.withResolvers<Answer>();
  const outgoing = request(url, {
    method: options.method ?? (body === undefined ? "GET" : "POST"),
    headers: {
      ...(host !== undefined && { host }),
      ...(body !== undefined && { "content-length": Buffer.byteLength(body) }),
    },
    ...(agent !== undefined && { agent }),
  });
  outgoing.on("error", reject);
  outgoing.on("response", (incoming) => {
    toAnswer(incoming).then(resolve, reject);
  });
  outgoing.end(body);
  return await promise;
}

async function toAnswer(incoming: IncomingMessage): Promise<Answer> {
  const { statusCode: status = 0, headers } = incoming;
  const body = await buffer(incoming);
  return { status, headers, body, text: body.toString() };
}

/** The details in an answer of the ingress; throws if it is no `application/problem+json`. */
export function problemIn({ headers, text }: Answer): ProblemDetails {
  if (headers["content-type"] !== "application/problem+json") {
    throw new TypeError(`No problem details but ${headers["content-type"]}: ${text}`);
  }
  return JSON.parse(text);
}
