import { SocketAddress, type Socket } from "node:net";
import { ByteChannel } from "../byte-channel.ts";
import type { ByteSink, ByteSource } from "../byte-stream.ts";
import { SocketError } from "../error.ts";
import type { Connection, TcpOptions } from "../network.ts";
import type { NetworkQuota } from "../quota.ts";
import type { RingPool } from "../ring-pool.ts";
import { toText } from "../socket-address.ts";
import { clampBufferSize } from "../tcp-options.ts";
import { toSocketError } from "./errno.ts";
import { Inflow, Outflow } from "./flow.ts";

/** What a connection is made of besides its socket. */
export interface RealConnectionOptions {
  readonly tcp: TcpOptions;
  /** Milliseconds without progress after which a closed connection, whose peer does not take the last bytes, is reset. */
  readonly lingerTimeout: number;
  /** What the connection gives up when its socket is closed, such as its local port. */
  readonly owned?: Disposable | undefined;
  /** The connections whose sockets are open; a connection adds and removes itself. */
  readonly open: Set<RealConnection>;
  readonly rings: RingPool;
  /** Gets a `connection` back when the socket is closed; whoever makes the connection took it. */
  readonly quota: NetworkQuota;
}

/**
 * A TCP connection of the operating system.
 * Its buffers come on top of the operating system's: `receiveBufferSize` is what was taken from there and not read yet,
 * `sendBufferSize` what was written and not handed over yet.
 */
export class RealConnection implements Connection {
  readonly local: SocketAddress;
  readonly remote: SocketAddress;
  readonly #socket: Socket;
  readonly #inbound: ByteChannel;
  readonly #outbound: ByteChannel;
  readonly #inflow: Inflow;
  readonly #lingerTimeout: number;
  #closed = false;

  /** Takes over `socket`, which is connected, allows half-open connections and has not been read from. */
  constructor(socket: Socket, options: RealConnectionOptions) {
    const { tcp, lingerTimeout, owned, open, rings, quota } = options;
    this.#socket = socket;
    this.#lingerTimeout = lingerTimeout;
    this.local = toAddress(socket.localAddress, socket.localPort, socket.localFamily);
    this.remote = toAddress(socket.remoteAddress, socket.remotePort, socket.remoteFamily);
    this.#inbound = new ByteChannel(clampBufferSize(tcp.receiveBufferSize), rings);
    this.#outbound = new ByteChannel(clampBufferSize(tcp.sendBufferSize), rings);
    socket.on("error", (error) => this.#fail(toSocketError(error, `use ${this.#text}`)));
    socket.on("close", () => {
      this.#fail(new SocketError("connection-aborted", `Cannot use ${this.#text}: it is closed`));
      // What was not sent will not be; what was received can still be read.
      this.#outbound.cancel();
      open.delete(this);
      quota.release("connection", 1);
      owned?.[Symbol.dispose]();
    });
    open.add(this);
    this.#inflow = new Inflow(socket, this.#inbound);
    this.#applyKeepAlive(tcp);
    const outflow = new Outflow(socket, this.#outbound, () => {
      if (!socket.destroyed) this.reset();
    });
    outflow.start();
  }

  get source(): ByteSource {
    return this.#inbound;
  }

  get sink(): ByteSink {
    return this.#outbound;
  }

  configure(options: TcpOptions): void {
    this.#inbound.setLimit(clampBufferSize(options.receiveBufferSize));
    this.#outbound.setLimit(clampBufferSize(options.sendBufferSize));
    this.#applyKeepAlive(options);
  }

  reset(): void {
    this.#closed = true;
    resetSocket(this.#socket);
    this.#fail(new SocketError("connection-reset", `Cannot use ${this.#text}: it was reset`));
    this.#inbound.cancel();
  }

  [Symbol.dispose](): void {
    if (this.#closed) return;
    if (this.#inflow.hasUnread) {
      this.reset();
      return;
    }
    this.#closed = true;
    const socket = this.#socket;
    // What the operating system still holds for the reader makes it reset the connection when the socket is closed.
    socket.pause();
    socket.setTimeout(this.#lingerTimeout, () => this.reset());
    if (socket.writableFinished) socket.destroy();
    else socket.once("finish", () => socket.destroy());
    this.#inbound.cancel();
    this.#outbound.end();
  }

  get #text(): string {
    return `the connection from ${toText(this.local)} to ${toText(this.remote)}`;
  }

  #applyKeepAlive({ keepAlive, keepAliveIdle }: TcpOptions): void {
    this.#socket.setKeepAlive(keepAlive, keepAliveIdle);
  }

  #fail(failure: SocketError): void {
    this.#inbound.abort(failure);
    this.#outbound.abort(failure);
  }
}

/**
 * Closes `socket` with a reset. While a FIN is on its way libuv refuses that, and node:net then leaks the handle;
 * there everything was handed over and ended in order already, so the socket is just closed.
 */
function resetSocket(socket: Socket): void {
  if (socket.destroyed) return;
  const isEnding = socket.writableEnded && !socket.writableFinished;
  if (isEnding) socket.destroy();
  else socket.resetAndDestroy();
}

/** What node:net says about an end of a connected socket; it says nothing once the socket is closed. */
function toAddress(
  address: string | undefined,
  port: number | undefined,
  family: string | undefined,
): SocketAddress {
  if (address === undefined || port === undefined) {
    throw new SocketError("connection-aborted", "Cannot use a connection: it is closed already");
  }
  const [withoutZone] = address.split("%", 1);
  return new SocketAddress({
    address: withoutZone,
    family: family === "IPv6" ? "ipv6" : "ipv4",
    port,
  });
}
