import type { IncomingMessage } from "node:http";
import type { HttpRequest } from "../../wasi/http/message.ts";
import { toFieldList } from "./field-list.ts";
import { RequestBody } from "./request-body.ts";

/** What the first line and the headers of a request say about where it goes. */
export interface RequestTarget {
  /** `Host`, or the authority of an absolute-form target (RFC 9112 §3.2.2), which wins. */
  readonly authority: string | undefined;
  /** In origin form; `*` for a server-wide `OPTIONS`. */
  readonly pathWithQuery: string;
}

/** Reads the target; undefined where the first line has neither origin, absolute nor asterisk form. */
export function targetOf(message: IncomingMessage): RequestTarget | undefined {
  const target = message.url ?? "/";
  if (target.startsWith("/") || (target === "*" && message.method === "OPTIONS")) {
    return { authority: message.headers.host, pathWithQuery: target };
  }
  const url = URL.parse(target);
  if (url === null || !url.protocol.startsWith("http")) return undefined;
  return { authority: url.host, pathWithQuery: url.pathname + url.search };
}

/** The request as a workload gets it. */
export function toHttpRequest(message: IncomingMessage, target: RequestTarget): HttpRequest {
  return {
    head: {
      method: message.method ?? "GET",
      scheme: "http",
      authority: target.authority,
      pathWithQuery: target.pathWithQuery,
      headers: toFieldList(message.rawHeaders),
    },
    body: hasBody(message) ? new RequestBody(message) : undefined,
  };
}

/** RFC 9112 §6.3: a request has a body where it says so. */
function hasBody(message: IncomingMessage): boolean {
  const length = message.headers["content-length"];
  return (
    message.headers["transfer-encoding"] !== undefined || (length !== undefined && length !== "0")
  );
}
