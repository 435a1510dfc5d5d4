import type { RequestHead } from "../../wasi/http/message.ts";
import { RequestBody, type RequestBodyLimits } from "./request-body.ts";
import { readFields } from "./request-fields.ts";
import type { IncomingRequestMessage, Visitor } from "./visitor.ts";

/** What the first line and the headers of a request say about where it goes. */
export interface RequestTarget {
  /** `Host`, or the authority of an absolute-form target (RFC 9112 §3.2.2), which wins. */
  readonly authority: string | undefined;
  /** In origin form; `*` for a server-wide `OPTIONS`. */
  readonly pathWithQuery: string;
}

/**
 * Reads the target; undefined where the first line has neither origin, absolute nor asterisk form,
 * or where HTTP/2 names two hosts (RFC 9113 §8.3.1).
 */
export function targetOf(message: IncomingRequestMessage): RequestTarget | undefined {
  const target = message.url ?? "/";
  const host = message.headers.host;
  if (target.startsWith("/") || (target === "*" && message.method === "OPTIONS")) {
    if (!("stream" in message)) return { authority: host, pathWithQuery: target };
    const authority = message.headers[":authority"] ?? host;
    const isOne = host === undefined || host.toLowerCase() === authority?.toLowerCase();
    return isOne ? { authority, pathWithQuery: target } : undefined;
  }
  const url = URL.parse(target);
  if (url === null || !url.protocol.startsWith("http")) return undefined;
  return { authority: url.host, pathWithQuery: url.pathname + url.search };
}

/** The head as a workload gets it; undefined where the request has more than one `Host`. */
export function toRequestHead(
  message: IncomingRequestMessage,
  { authority, pathWithQuery }: RequestTarget,
  visitor: Visitor,
): RequestHead | undefined {
  const read = readFields(message.rawHeaders, visitor, authority ?? "");
  return (
    read && {
      method: message.method ?? "GET",
      scheme: read.scheme,
      authority,
      pathWithQuery,
      headers: read.fields,
    }
  );
}

/** The body that a request says it has. */
export function bodyOf(
  message: IncomingRequestMessage,
  limits: RequestBodyLimits,
): RequestBody | undefined {
  return hasBody(message) ? new RequestBody(message, limits) : undefined;
}

/** RFC 9112 §6.3: a request has a body where it says so. RFC 9113 §8.1: unless its head ends the stream. */
export function hasBody(message: IncomingRequestMessage): boolean {
  const length = message.headers["content-length"];
  if ("stream" in message) return !message.stream.endAfterHeaders;
  return (
    message.headers["transfer-encoding"] !== undefined || (length !== undefined && length !== "0")
  );
}

/** Whether the client waits for a sign before it sends the body; only HTTP/1.1 and later know of that. */
export function isContinueExpected({ headers, httpVersion }: IncomingRequestMessage): boolean {
  return httpVersion !== "1.0" && headers.expect?.toLowerCase() === "100-continue";
}
