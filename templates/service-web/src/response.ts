import type { RequestHead } from "./request-parser.ts";

/** What the server says of itself. */
export interface Site {
  readonly name: string;
}

const REASONS: Readonly<Record<number, string>> = {
  200: "OK",
  400: "Bad Request",
  404: "Not Found",
  405: "Method Not Allowed",
  411: "Length Required",
  413: "Content Too Large",
  431: "Request Header Fields Too Large",
};

/** The answer to a request, whole: head and body. */
export function respond({ method, path, keepAlive }: RequestHead, { name }: Site): string {
  const isRead = method === "GET" || method === "HEAD";
  const [status, text] = isRead
    ? path === "/"
      ? [200, `Hello from ${name}\n`]
      : [404, `${name} has no ${path}\n`]
    : [405, `${name} takes GET and HEAD\n`];
  const answer = format(status, text, keepAlive);
  return method === "HEAD" ? answer.slice(0, answer.indexOf("\r\n\r\n") + 4) : answer;
}

/** `text` is ASCII. */
export function format(status: number, text: string, keepAlive: boolean): string {
  return [
    `HTTP/1.1 ${status} ${REASONS[status] ?? "Error"}`,
    "content-type: text/plain; charset=utf-8",
    `content-length: ${text.length}`,
    ...(status === 405 ? ["allow: GET, HEAD"] : []),
    `connection: ${keepAlive ? "keep-alive" : "close"}`,
    "",
    text,
  ].join("\r\n");
}
