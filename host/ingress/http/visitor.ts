import type { IncomingMessage } from "node:http";
import type { Http2ServerRequest } from "node:http2";
import type { Socket } from "node:net";
import type { TrustedProxies } from "./trusted-proxies.ts";

/** A request as Node gives it, of either version of HTTP. */
export type IncomingRequestMessage = IncomingMessage | Http2ServerRequest;

/** Whoever is at the other end of a connection; the same object for all of its requests. */
export interface Visitor {
  /** An IPv4 address in the form of IPv4, whatever the socket is. */
  readonly address: string;
  /** Whether what it says of its own clients is taken. */
  readonly isTrusted: boolean;
  readonly scheme: "http" | "https";
  /** Requests that it sent so far. */
  requests: number;
  /** Requests of them that are not over. */
  active: number;
}

/** Knows the visitors of one ingress. */
export class Visitors {
  readonly #proxies: TrustedProxies;
  readonly #onFirst: (key: string) => void;
  readonly #known = new WeakMap<object, Visitor>();

  /** `onFirst` is called with the `connectionKey` of a connection when its first request is there. */
  constructor(proxies: TrustedProxies, onFirst: (key: string) => void) {
    this.#proxies = proxies;
    this.#onFirst = onFirst;
  }

  of(message: IncomingRequestMessage): Visitor {
    // Each stream of HTTP/2 shows the socket of its session in an object of its own.
    const connection =
      "stream" in message ? (message.stream.session ?? message.stream) : message.socket;
    return this.#at(connection, message);
  }

  /** Whether a connection, or a session of HTTP/2, has no request to be answered. */
  isIdle(connection: object): boolean {
    return (this.#known.get(connection)?.active ?? 0) === 0;
  }

  #at(connection: object, message: IncomingRequestMessage): Visitor {
    const known = this.#known.get(connection);
    if (known !== undefined) return known;
    const { socket } = message;
    const visitor = this.#meet(socket);
    this.#known.set(connection, visitor);
    this.#onFirst(connectionKey(socket));
    return visitor;
  }

  #meet(socket: Socket): Visitor {
    const address = (socket.remoteAddress ?? "").replace(/^::ffff:(?=[\d.]+$)/, "");
    return {
      address,
      isTrusted: this.#proxies.has(address),
      // Sockets of HTTP/2 are views of the real ones.
      scheme: Reflect.get(socket, "encrypted") === true ? "https" : "http",
      requests: 0,
      active: 0,
    };
  }
}

/** What tells the connections of one listener apart, on the raw socket as well as above TLS. */
export function connectionKey(socket: Socket): string {
  return `${socket.remoteAddress} ${socket.remotePort}`;
}
