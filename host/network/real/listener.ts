import { createServer, type Server, type Socket, type SocketAddress } from "node:net";
import { type Connection, clampBacklog, type Listener, type ListenOptions } from "../network.ts";
import { toText } from "../socket-address.ts";
import { WaitList } from "../wait-list.ts";
import { RealConnection, type RealConnectionOptions } from "./connection.ts";
import { toSocketError } from "./errno.ts";
import type { HeldPort } from "./port-table.ts";

/** What a listener is built from. */
export interface RealListenerOptions extends ListenOptions {
  /** The listener owns it, also where listening fails. */
  readonly held: HeldPort;
  /** What accepted connections are made of besides their options. */
  readonly scope: Omit<RealConnectionOptions, "tcp" | "owned">;
  /** Called once, when the listener is closed. */
  readonly onClose: (listener: RealListener) => void;
}

/** Starts to listen on a bound port. Error: `address-in-use`, where a stranger shares the port and listens already. */
export async function listen(options: RealListenerOptions): Promise<RealListener> {
  const { held } = options;
  const server = createServer({ allowHalfOpen: true, noDelay: true });
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  server.once("listening", resolve);
  server.on("error", reject);
  const listener = new RealListener(server, options);
  try {
    server.listen(held.socket);
    await promise;
    return listener;
  } catch (error) {
    listener[Symbol.dispose]();
    throw toSocketError(error, `listen on ${toText(held.local)}`);
  }
}

/**
 * A listener of the operating system. node:net accepts at once what the kernel has, so the bounded queue is here
 * and the kernel's keeps its default length: a connection that finds ours full is reset,
 * where the virtual network lets it wait.
 */
export class RealListener implements Listener {
  readonly whenPending: WaitList = new WaitList();
  readonly #server: Server;
  readonly #options: RealListenerOptions;
  readonly #pending: Connection[] = [];
  #backlog: number;
  #closed = false;

  constructor(server: Server, options: RealListenerOptions) {
    this.#server = server;
    this.#options = options;
    this.#backlog = clampBacklog(options.backlog);
    server.on("connection", (socket) => this.#enter(socket));
  }

  get local(): SocketAddress {
    return this.#options.held.local;
  }

  get pending(): number {
    return this.#pending.length;
  }

  setBacklog(backlog: number): void {
    this.#backlog = clampBacklog(backlog);
  }

  accept(): Connection | undefined {
    return this.#pending.shift();
  }

  [Symbol.dispose](): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#options.onClose(this);
    this.#server.close();
    this.#options.held[Symbol.dispose]();
    for (const connection of this.#pending.splice(0)) connection.reset();
    this.whenPending.notify();
  }

  #enter(socket: Socket): void {
    const { tcp, scope } = this.#options;
    // A peer that is gone already has no address, and nobody would miss the connection.
    const isGone = socket.remoteAddress === undefined || socket.localAddress === undefined;
    const isFull = this.#closed || this.#pending.length >= this.#backlog;
    if (isGone || isFull || !scope.quota.acquire("connection", 1)) {
      socket.resetAndDestroy();
      return;
    }
    this.#pending.push(new RealConnection(socket, { ...scope, tcp }));
    if (this.#pending.length === 1) this.whenPending.notify();
  }
}
