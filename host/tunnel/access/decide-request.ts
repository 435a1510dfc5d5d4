import { createHash, timingSafeEqual } from "node:crypto";
import type { Access, BasicCredentials } from "./access.ts";
import { fieldValues, type RequestHead } from "./request-head.ts";
import { LINK_NAME } from "./signed-link.ts";

/** What is done about a visitor's request. */
export type RequestDecision =
  /** It goes to the guest with this head, which does not hold what opened the door. */
  | { readonly tag: "admit"; readonly head: RequestHead }
  /** It is answered here. */
  | { readonly tag: "answer"; readonly response: string };

/** Decides about a request by its head. `date` is in milliseconds since the epoch. */
export function decideRequest(head: RequestHead, access: Access, date: number): RequestDecision {
  const { basic, link } = access;
  if (link !== undefined) {
    const { rest, token } = splitTarget(head.target);
    const expiresAt = token === undefined ? undefined : link.verify(token, date);
    if (token !== undefined && expiresAt !== undefined) {
      const age = Math.floor((expiresAt - date) / 1000);
      const cookie = `${LINK_NAME}=${token}; Path=/; Max-Age=${age}; HttpOnly; SameSite=Lax`;
      const fields = [`Location: ${rest}`, `Set-Cookie: ${cookie}`, "Referrer-Policy: no-referrer"];
      return answer("302 Found", fields, "Follow the link without its token");
    }
    if (cookies(head).some((value) => link.verify(value, date) !== undefined)) {
      return { tag: "admit", head: stripped(head) };
    }
  }
  if (basic === undefined)
    return answer("403 Forbidden", [], "This needs a link that is valid now");
  if (isAuthorized(head, basic)) return { tag: "admit", head: stripped(head) };
  const challenge = 'WWW-Authenticate: Basic realm="tunnel", charset="UTF-8"';
  return answer("401 Unauthorized", [challenge], "This needs a name and a password");
}

/** An answer that closes the connection. */
export function answer(
  status: string,
  fields: readonly string[],
  text: string,
): { readonly tag: "answer"; readonly response: string } {
  const body = `${text}\n`;
  const lines = [
    `HTTP/1.1 ${status}`,
    "Content-Type: text/plain; charset=utf-8",
    `Content-Length: ${Buffer.byteLength(body)}`,
    "Cache-Control: no-store",
    "Connection: close",
    ...fields,
  ];
  return { tag: "answer", response: `${lines.join("\r\n")}\r\n\r\n${body}` };
}

/** The request target without the token of a signed link, and the token. */
function splitTarget(target: string): {
  readonly rest: string;
  readonly token: string | undefined;
} {
  const at = target.indexOf("?");
  // A target that does not start with one slash could lead to another site.
  if (at < 0 || !/^\/(?!\/)/.test(target)) return { rest: target, token: undefined };
  const parts = target.slice(at + 1).split("&");
  const prefix = `${LINK_NAME}=`;
  const token = parts.find((part) => part.startsWith(prefix))?.slice(prefix.length);
  const others = parts.filter((part) => !part.startsWith(prefix));
  const path = target.slice(0, at).replace(/^[/\\]+/, "/");
  return { rest: others.length === 0 ? path : `${path}?${others.join("&")}`, token };
}

function isAuthorized(head: RequestHead, { username, password }: BasicCredentials): boolean {
  const [value = ""] = fieldValues(head, "authorization");
  const match = /^basic +([\w+/=-]+)$/i.exec(value);
  if (match === null) return false;
  const given = Buffer.from(match[1] ?? "", "base64");
  return isSame(given, Buffer.from(`${username}:${password.reveal()}`));
}

/** Takes as long whatever is different, lengths included. */
function isSame(a: Buffer, b: Buffer): boolean {
  return timingSafeEqual(digest(a), digest(b));
}

function digest(bytes: Buffer): Buffer {
  return createHash("sha256").update(bytes).digest();
}

function cookies(head: RequestHead): readonly string[] {
  return cookiePairs(head)
    .filter((pair) => isLinkCookie(pair))
    .map((pair) => pair.slice(LINK_NAME.length + 1));
}

function cookiePairs(head: RequestHead): readonly string[] {
  return fieldValues(head, "cookie").flatMap((value) =>
    value.split(";").map((pair) => pair.trim()),
  );
}

function isLinkCookie(pair: string): boolean {
  return pair.startsWith(`${LINK_NAME}=`);
}

/**
 * The head as the guest gets it: without the credentials, which are the tunnel's, and with `Connection: close`,
 * so that each request comes on a connection of its own and is looked at. An upgrade keeps its connection.
 */
function stripped(head: RequestHead): RequestHead {
  const isUpgrade = fieldValues(head, "upgrade").length > 0;
  const dropped = new Set(["authorization", "cookie", ...(isUpgrade ? [] : CONNECTION_FIELDS)]);
  const fields = head.fields.filter(([name]) => !dropped.has(name.toLowerCase()));
  const pairs = cookiePairs(head).filter((pair) => !isLinkCookie(pair) && pair !== "");
  return {
    ...head,
    fields: [
      ...fields,
      ...(pairs.length === 0 ? [] : [["Cookie", pairs.join("; ")] as const]),
      ...(isUpgrade ? [] : [["Connection", "close"] as const]),
    ],
  };
}

const CONNECTION_FIELDS: readonly string[] = ["connection", "keep-alive", "proxy-connection"];
