import type { HttpScheme } from "../../../policy/allowed-host.ts";
import type { RequestTarget } from "../../../policy/decide-request.ts";
import { HttpError, type PlainCode } from "./error-code.ts";
import type { SentRequest } from "./outgoing-request.ts";

/** The host that a request is for; throws an `HttpError` for one that is for none. */
export function targetOf({ scheme, authority }: SentRequest): RequestTarget {
  // Without a scheme it is HTTPS, as for wasmtime.
  if (scheme?.tag === "other")
    throw refusal("HTTP-protocol-error", "its scheme is not http or https");
  const protocol: HttpScheme = scheme?.tag === "HTTP" ? "http" : "https";
  const groups = AUTHORITY.exec(authority ?? "")?.groups;
  const host = groups?.["host"];
  if (host === undefined) throw refusal("HTTP-request-URI-invalid", "it has no valid authority");
  const text = groups?.["port"] ?? "";
  const port = text === "" ? DEFAULT_PORT[protocol] : Number(text);
  if (port < 1 || port > 65_535) throw refusal("HTTP-request-URI-invalid", "it has no valid port");
  return { scheme: protocol, host, port };
}

/** Path and query in the form that a request line has (RFC 9112 §3.2.1). */
export function pathOf({ pathWithQuery }: SentRequest): string {
  if (pathWithQuery === undefined || pathWithQuery === "") return "/";
  if (pathWithQuery.startsWith("?")) return `/${pathWithQuery}`;
  if (pathWithQuery.startsWith("/")) return pathWithQuery;
  throw refusal("HTTP-request-URI-invalid", "its path does not begin with a slash");
}

/** A method in the spelling of the wire; throws an `HttpError` for CONNECT, which asks for no response but a tunnel. */
export function methodOf({ method }: SentRequest): string {
  const name = method.tag === "other" ? method.val : method.tag.toUpperCase();
  if (name === "CONNECT") throw refusal("HTTP-request-method-invalid", "its method is CONNECT");
  return name;
}

/** A host and a port (RFC 3986 §3.2). User information, which RFC 9110 §4.2.4 deprecates, is none. */
const AUTHORITY = /^(?<host>\[[0-9A-Fa-f:.]+\]|[^@:[\]]+)(?::(?<port>\d{0,5}))?$/;

const DEFAULT_PORT: Readonly<Record<HttpScheme, number>> = { http: 80, https: 443 };

function refusal(tag: PlainCode, reason: string): HttpError {
  return new HttpError({ tag }, `Cannot send a request: ${reason}`);
}
