import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { resetSocket, SocketEnd } from "../../network/splice/socket-end.ts";
import { splice } from "../../network/splice/splice.ts";
import { encodeServerMessage } from "../protocol/message.ts";
import { AcceptGuard } from "./accept-guard.ts";
import { type Greeting, greet, GreetingRefusal } from "./greeting.ts";
import { listenOn, SOCKET_BUFFER } from "./listen.ts";
import {
  SERVER_LIMITS_DEFAULT,
  type TunnelServerLimits,
  type TunnelServerOptions,
} from "./options.ts";
import { PendingTable } from "./pending.ts";
import { openPublicPort, type PublicPort } from "./public-port.ts";
import { type Owner, Session } from "./session.ts";

/** Starts a server of the bore protocol. Rejects with the error of the operating system where it cannot listen. */
export async function startTunnelServer(options: TunnelServerOptions): Promise<TunnelServer> {
  if (options.minPort > options.maxPort)
    throw new RangeError("Cannot serve: the port range is empty");
  const server = createServer({
    allowHalfOpen: true,
    noDelay: true,
    keepAlive: true,
    highWaterMark: SOCKET_BUFFER,
  });
  const tunnels = new TunnelServer(server, options);
  await listenOn(server, options.port, options.bind);
  return tunnels;
}

/** A public port and who holds it. */
interface Held {
  readonly port: PublicPort;
  session: Session;
}

/** A server of the bore protocol. Disposing it closes its ports and resets all connections. */
export class TunnelServer implements Disposable {
  readonly #options: TunnelServerOptions;
  readonly #limits: TunnelServerLimits;
  readonly #server: Server;
  readonly #pending: PendingTable;
  readonly #guard: AcceptGuard;
  readonly #held = new Map<number, Held>();
  readonly #greeting = new Set<Socket>();
  readonly #splices = new Set<Disposable>();
  #closed = false;

  /** `server` is about to listen. */
  constructor(server: Server, options: TunnelServerOptions) {
    this.#server = server;
    this.#options = options;
    this.#limits = { ...SERVER_LIMITS_DEFAULT, ...options.limits };
    this.#pending = new PendingTable(options.clock);
    this.#guard = new AcceptGuard(options.clock, (reason) =>
      options.onEvent({ tag: "exhausted", reason }),
    );
    server.on("connection", (socket) => void this.#serve(socket));
    this.#guard.watch(server);
  }

  /** Where clients connect. */
  get address(): AddressInfo {
    const address = this.#server.address();
    if (address === null || typeof address === "string") throw new Error("The server is closed");
    return address;
  }

  /** Tunnels that are open. */
  get tunnels(): number {
    return this.#held.size;
  }

  /** Visitors that wait to be fetched, and those that are connected. */
  get visitors(): { readonly pending: number; readonly connected: number } {
    return { pending: this.#pending.size, connected: this.#splices.size };
  }

  [Symbol.dispose](): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#server.close();
    for (const socket of this.#greeting) resetSocket(socket);
    for (const { port, session } of this.#held.values()) {
      session.drop("The server is stopped");
      port[Symbol.dispose]();
    }
    this.#held.clear();
    this.#pending[Symbol.dispose]();
    for (const joint of this.#splices) joint[Symbol.dispose]();
  }

  async #serve(raw: Socket): Promise<void> {
    raw.on("error", () => undefined);
    const { onEvent } = this.#options;
    if (this.#closed || this.#greeting.size >= this.#limits.greetings) {
      resetSocket(raw);
      return;
    }
    const peer = peerText(raw);
    this.#greeting.add(raw);
    try {
      const greeting = await greet(raw, this.#options);
      const { message } = greeting;
      if (message.tag === "accept") this.#accept(message.visitor, greeting, peer);
      else await this.#open(message.port, greeting, peer);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      if (!this.#closed) onEvent({ tag: "refused", peer, reason });
      // In order, as bore does it: a reset could overtake what the client was told.
      if (!(error instanceof GreetingRefusal && error.answer !== undefined)) closeGently(raw);
    } finally {
      this.#greeting.delete(raw);
    }
  }

  #accept(id: string, { frames, raw }: Greeting, peer: string): void {
    const visitor = this.#pending.take(id);
    if (visitor === undefined) {
      this.#options.onEvent({
        tag: "refused",
        peer,
        reason: "It fetches a visitor that is not here",
      });
      frames.close();
      return;
    }
    visitor.onLeave(true);
    const joint = splice(new SocketEnd(visitor.socket), new SocketEnd(frames.detach(), raw), {
      clock: this.#options.clock,
    });
    this.#splices.add(joint);
    void joint.done.then(() => this.#splices.delete(joint));
  }

  async #open(wanted: number, greeting: Greeting, peer: string): Promise<void> {
    const { bind, bindTunnels, minPort, maxPort, random = Math.random, onEvent } = this.#options;
    const held = this.#held.get(wanted);
    if (held !== undefined && isSameOwner(held.session.owner, greeting)) {
      const { session } = held;
      held.session = this.#start(held.port, greeting, peer);
      session.drop("Its client came back");
      onEvent({ tag: "taken-over", port: wanted, peer });
      return;
    }
    if (this.#held.size >= this.#limits.tunnels) throw refuse(greeting, "the server is full");
    const range = { address: bindTunnels ?? bind, min: minPort, max: maxPort, random };
    const port = await openPublicPort(wanted, range);
    if (typeof port === "string") throw refuse(greeting, port);
    this.#guard.watch(port.server);
    if (this.#closed) {
      port[Symbol.dispose]();
      throw new Error("The server is stopped");
    }
    this.#held.set(port.port, { port, session: this.#start(port, greeting, peer) });
    onEvent({ tag: "opened", port: port.port, peer });
  }

  #start(port: PublicPort, greeting: Greeting, peer: string): Session {
    const { clock, onEvent } = this.#options;
    const session = new Session({
      port,
      greeting,
      peer,
      pending: this.#pending,
      limits: this.#limits,
      clock,
      onLost: (reason) => onEvent({ tag: "lost", port: port.port, reason }),
    });
    void session.ended.then((reason) => this.#close(port, session, reason));
    return session;
  }

  /** The control connection is over: the port is closed, unless somebody took it over. */
  #close(port: PublicPort, session: Session, reason: string): void {
    if (this.#held.get(port.port)?.session !== session) return;
    this.#held.delete(port.port);
    port[Symbol.dispose]();
    this.#pending.dropAll(port.port);
    this.#options.onEvent({ tag: "closed", port: port.port, peer: session.peer, reason });
  }
}

/**
 * Whether the client may take the port over. An Islet names its tunnel, and nobody else knows that name.
 * A plain bore client is known by a secret of the server and the address it comes from.
 */
function isSameOwner(owner: Owner, { message, secret, raw }: Greeting): boolean {
  if (owner.secret !== secret) return false;
  if (owner.lease !== undefined || message.tag === "open") {
    return message.tag === "open" && message.lease === owner.lease;
  }
  return secret !== undefined && owner.address === raw.remoteAddress;
}

function refuse({ frames }: Greeting, answer: string): GreetingRefusal {
  frames.send(encodeServerMessage({ tag: "error", message: answer }));
  frames.close();
  return new GreetingRefusal(answer, answer);
}

function closeGently(socket: Socket): void {
  socket.resume();
  socket.end(() => socket.destroy());
}

function peerText({ remoteAddress = "?", remotePort = 0 }: Socket): string {
  return remoteAddress.includes(":")
    ? `[${remoteAddress}]:${remotePort}`
    : `${remoteAddress}:${remotePort}`;
}
