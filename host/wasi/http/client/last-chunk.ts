import type { FieldList } from "../message.ts";
import type { HttpSocket } from "./connector.ts";

/** What undici ends a chunked body with (RFC 9112 §7.1): it knows no trailers. */
const LAST_CHUNK = "\r\n0\r\n\r\n";

/**
 * Puts the trailers of a request where undici leaves no room for them.
 * undici tells that a body has been read to its end right before it writes the last chunk, in the same turn, so the
 * trailers that were set then belong to the next last chunk that is written to any socket.
 */
export class LastChunk {
  #trailers = "";

  /** To be called for every request at that point, with or without trailers. */
  setTrailers(fields: FieldList | undefined): void {
    this.#trailers = (fields ?? [])
      .map(([name, value]) => `${name}: ${toText(value)}\r\n`)
      .join("");
  }

  /** Makes a socket for HTTP/1.1 write the trailers. */
  attach(socket: HttpSocket): void {
    // oxlint-disable-next-line typescript/unbound-method -- It is applied to the socket below.
    const { write } = socket;
    Object.defineProperty(socket, "write", {
      configurable: true,
      writable: true,
      value: (chunk: unknown, ...rest: unknown[]): boolean => {
        const isLast = chunk === LAST_CHUNK && this.#trailers !== "";
        return Boolean(Reflect.apply(write, socket, [isLast ? this.#take() : chunk, ...rest]));
      },
    });
  }

  #take(): string {
    const trailers = this.#trailers;
    this.#trailers = "";
    return `\r\n0\r\n${trailers}\r\n`;
  }
}

function toText(value: string | Uint8Array): string {
  return typeof value === "string" ? value : Buffer.from(value).toString("latin1");
}
