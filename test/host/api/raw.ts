import { connect } from "node:net";
import { text } from "node:stream/consumers";

/** What a server answers to bytes that need not be a request; the client says nothing more. */
export async function exchange(port: number, bytes: string): Promise<string> {
  const socket = connect({ port, host: "127.0.0.1", allowHalfOpen: true });
  socket.end(bytes);
  return await text(socket);
}

/** A request as it goes over the wire, with `connection: close`. */
export function raw(
  line: string,
  headers: readonly (readonly [string, string])[],
  body: string = "",
): string {
  const fields = [...headers, ["connection", "close"] as const];
  const all = body === "" ? fields : [...fields, ["content-length", String(body.length)] as const];
  return `${line} HTTP/1.1\r\n${all.map(([name, value]) => `${name}: ${value}\r\n`).join("")}\r\n${body}`;
}
