/**
 * What is asked of every request before it is routed, so that no route can forget it:
 * a host that is ours (DNS rebinding), an origin that is ours (other pages in the person's browser),
 * JSON where something changes (forms of other pages), and on TCP the token.
 */
import { isIP } from "node:net";
import type { IncomingMessage } from "node:http";
import { URL_MAX } from "./limits.ts";
import { ProblemError } from "./problem.ts";
import type { Token } from "./token.ts";

/** How a request came in: the rights on the socket's file stand for a token. */
export type Transport =
  | { readonly tag: "socket" }
  | {
      readonly tag: "tcp";
      readonly token: Token;
      /** Permits what `token` permits, and what takes an administrator. */
      readonly adminToken?: Token | undefined;
    };

/** Throws `ProblemError` where the request must not be routed. Returns whether an administrator sent it. */
export function checkRequest(request: IncomingMessage, transport: Transport): boolean {
  const { url = "", headers, method = "" } = request;
  // RFC 9112 §3.2.2: an absolute target would speak for another host than the field does.
  if (!url.startsWith("/")) {
    throw new ProblemError("unknown-host", "The target of a request must begin with a slash");
  }
  if (url.length > URL_MAX) {
    throw new ProblemError("invalid-request", `The target is longer than ${URL_MAX} characters`);
  }
  checkHost(request);
  checkOrigin(request);
  const [path = ""] = url.split("?", 1);
  const isOpen = OPEN_PATHS.has(path) && SAFE_METHODS.has(method);
  const isAdmin =
    transport.tag === "socket" || (!isOpen && checkToken(headers.authorization, transport));
  checkContentType(request);
  return isAdmin;
}

/** What says nothing that a stranger on this machine may not know. */
const OPEN_PATHS: ReadonlySet<string> = new Set(["/healthz", "/readyz"]);

/** RFC 9110 §9.2.1. */
const SAFE_METHODS: ReadonlySet<string> = new Set(["GET", "HEAD", "OPTIONS"]);

/**
 * A name that somebody else's name server points at this machine is not ours. `localhost` and addresses are:
 * no name server has a say in what they mean.
 */
function checkHost({ headers, rawHeaders }: IncomingMessage): void {
  const count = rawHeaders.filter(
    (name, index) => index % 2 === 0 && name.toLowerCase() === "host",
  ).length;
  const host = headers.host ?? "";
  if (count === 1 && isOurs(host)) return;
  const said = count > 1 ? "given more than once" : host === "" ? "missing" : JSON.stringify(host);
  throw new ProblemError(
    "unknown-host",
    `The API answers to localhost and to addresses; the host of this request is ${said}`,
  );
}

function isOurs(host: string): boolean {
  const match = /^(?:\[(?<v6>[^[\]]*)\]|(?<name>[^:[\]]*))(?::\d{1,5})?$/.exec(host);
  if (match?.groups === undefined) return false;
  const { v6, name = "" } = match.groups;
  if (v6 !== undefined) return isIP(v6) === 6;
  return name.toLowerCase() === "localhost" || isIP(name) === 4;
}

/** A page of another origin has no business here, whether it may read the answer or not. */
function checkOrigin({ headers, method = "" }: IncomingMessage): void {
  const { origin, host = "" } = headers;
  if (origin !== undefined && origin.toLowerCase() !== `http://${host.toLowerCase()}`) {
    throw new ProblemError("foreign-origin", "Pages of other origins may not use the API");
  }
  const site = headers["sec-fetch-site"];
  if (site === undefined || site === "same-origin" || site === "none") return;
  if (SAFE_METHODS.has(method)) return;
  throw new ProblemError("foreign-origin", "Pages of other sites may not use the API");
}

/** Returns whether it is the administrator's. */
function checkToken(
  authorization: string | undefined,
  { token, adminToken }: Transport & { readonly tag: "tcp" },
): boolean {
  const [, given] = /^Bearer +([^\s]+)$/i.exec(authorization ?? "") ?? [];
  if (given !== undefined) {
    if (adminToken?.matches(given) === true) return true;
    if (token.matches(given)) return false;
  }
  throw new ProblemError(
    "unauthorized",
    given === undefined
      ? "Over TCP the API needs its token: authorization: Bearer TOKEN"
      : "The token is not that of this host",
    { headers: { "www-authenticate": 'Bearer realm="islet"' } },
  );
}

/**
 * A form of another page can send anything but JSON without asking first.
 * It cannot send a DELETE at all, so one without a body needs no type.
 */
function checkContentType({ headers, method = "" }: IncomingMessage): void {
  if (SAFE_METHODS.has(method)) return;
  const type = headers["content-type"];
  const hasBody =
    headers["transfer-encoding"] !== undefined || Number(headers["content-length"]) > 0;
  if (type === undefined && method === "DELETE" && !hasBody) return;
  const [essence = ""] = (type ?? "").split(";", 1);
  if (essence.trim().toLowerCase() === "application/json") return;
  throw new ProblemError(
    "not-json",
    `A ${method} needs content-type: application/json, with or without a body`,
  );
}
