import { connect as connectTcp, isIP, SocketAddress } from "node:net";
import type { LookupFunction, Socket } from "node:net";
import type { Duplex } from "node:stream";
import { connect as connectTls, type SecureContext, type TLSSocket } from "node:tls";
import type { Plane } from "../../../../policy/decision.ts";
import type { TcpNetwork } from "../../../network/network.ts";
import { TCP_OPTIONS_DEFAULT } from "../../../network/tcp-options.ts";
import { HttpError } from "../error-code.ts";
import { ConnectionSocket } from "./connection-socket.ts";
import type { Target } from "./target.ts";

/** Milliseconds after which a connect fails that a guest gave no shorter time. */
const CONNECT_TIMEOUT = 60_000;

export interface ConnectorOptions {
  /** The workload's own network. */
  readonly virtual: TcpNetwork;
  /** Whom to trust; Node's own authorities without it. */
  readonly secureContext?: SecureContext | undefined;
  /** Replaces the operating system, for tests. */
  readonly dial?: Dial | undefined;
}

/** Opens a socket that is not connected yet to one of `addresses`, and to nothing else. */
export type Dial = (addresses: readonly string[], port: number) => Socket;

/** A connected stream that speaks what the target's scheme asks for; `alpnProtocol` is `h2` for HTTP/2. */
export type HttpSocket = Duplex & Partial<Pick<TLSSocket, "alpnProtocol">>;

/** Opens connections for one target, and remembers its TLS session for the next. */
export class Connector {
  readonly #target: Target;
  readonly #options: ConnectorOptions;
  #session: Buffer | undefined;

  constructor(target: Target, options: ConnectorOptions) {
    this.#target = target;
    this.#options = options;
  }

  get plane(): Plane {
    return this.#target.plane;
  }

  /** Rejects with an error of Node, with `SocketError`, or with `HttpError` where it takes too long. */
  async connect(signal: AbortSignal): Promise<HttpSocket> {
    const timeout = AbortSignal.timeout(CONNECT_TIMEOUT);
    const either = AbortSignal.any([signal, timeout]);
    try {
      const plain = await this.#connectPlain(either);
      return this.#target.scheme === "https" ? await this.#secure(plain, either) : plain;
    } catch (error) {
      if (!timeout.aborted || signal.aborted) throw error;
      throw new HttpError({ tag: "connection-timeout" }, `No connection in ${CONNECT_TIMEOUT} ms`);
    }
  }

  async #connectPlain(signal: AbortSignal): Promise<Duplex> {
    const { plane, addresses, port } = this.#target;
    if (plane === "virtual") return await this.#connectVirtual(signal);
    const { dial = dialSystem } = this.#options;
    const socket = dial(addresses, port);
    return await opened(socket, "connect", signal);
  }

  /** One address after the other: on the virtual network, who does not listen refuses at once. */
  async #connectVirtual(signal: AbortSignal): Promise<Duplex> {
    let failure: unknown;
    for (const address of this.#target.addresses) {
      const family = isIP(address) === 6 ? "ipv6" : "ipv4";
      const remote = new SocketAddress({ address, family, port: this.#target.port });
      try {
        const options = { tcp: TCP_OPTIONS_DEFAULT, signal };
        return new ConnectionSocket(await this.#options.virtual.connect(remote, options));
      } catch (error) {
        failure ??= error;
      }
    }
    throw failure;
  }

  async #secure(socket: Duplex, signal: AbortSignal): Promise<HttpSocket> {
    const { host } = this.#target;
    const { secureContext } = this.#options;
    const secure = connectTls({
      socket,
      // RFC 6066 §3: "Literal IPv4 and IPv6 addresses are not permitted in "HostName"."
      ...(isIP(host) === 0 ? { servername: host } : { host }),
      ALPNProtocols: ["h2", "http/1.1"],
      ...(this.#session === undefined ? {} : { session: this.#session }),
      ...(secureContext === undefined ? {} : { secureContext }),
    });
    secure.on("session", (session) => (this.#session = session));
    return await opened(secure, "secureConnect", signal);
  }
}

/** Resolves with `socket` at `event`; destroys it where it fails, or where `signal` aborts. */
async function opened<T extends Duplex>(
  socket: T,
  event: "connect" | "secureConnect",
  signal: AbortSignal,
): Promise<T> {
  const { promise, resolve, reject } = Promise.withResolvers<T>();
  const onOpen = (): void => resolve(socket);
  const onError = (error: Error): void => reject(error);
  const onClose = (): void => reject(new Error("The connection was closed"));
  const onAbort = (): void => {
    reject(signal.reason);
    socket.destroy();
  };
  socket.once(event, onOpen).once("error", onError).once("close", onClose);
  signal.addEventListener("abort", onAbort, { once: true });
  if (signal.aborted) onAbort();
  try {
    return await promise;
  } catch (error) {
    socket.on("error", () => undefined).destroy();
    throw error;
  } finally {
    socket.off("error", onError).off("close", onClose).off(event, onOpen);
    signal.removeEventListener("abort", onAbort);
  }
}

/** Node dials them in turn, as RFC 8305 says; there is no name left that could be resolved again. */
const dialSystem: Dial = (addresses, port) => {
  const answers = addresses.map((address) => ({ address, family: isIP(address) }));
  const [first] = answers;
  if (first === undefined) throw new RangeError("Cannot connect: there is no address");
  if (answers.length === 1) {
    return connectTcp({ host: first.address, port, noDelay: true, keepAlive: true });
  }
  const lookup: LookupFunction = (_name, { all }, callback) => {
    if (all === true) callback(null, answers);
    else callback(null, first.address, first.family);
  };
  return connectTcp({
    host: "checked.invalid",
    port,
    lookup,
    autoSelectFamily: true,
    noDelay: true,
    keepAlive: true,
  });
};
