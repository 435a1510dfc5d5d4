import type { Socket } from "node:net";
import { resetSocket } from "../../network/splice/socket-end.ts";
import type { TunnelClock } from "../clock.ts";
import { ProtocolError } from "../protocol/error.ts";
import { FrameTimeout } from "../protocol/frame-socket.ts";
import { decodeClientMessage, encodeServerMessage } from "../protocol/message.ts";
import type { Greeting } from "./greeting.ts";
import type { TunnelServerLimits } from "./options.ts";
import type { PendingTable } from "./pending.ts";
import type { PublicPort } from "./public-port.ts";

/** Milliseconds between two heartbeats, as bore's server sends them. */
const HEARTBEAT_INTERVAL = 500;

/** Milliseconds of silence after which a client that promised heartbeats of its own is taken for gone. */
const CLIENT_TIMEOUT = 8000;

/** Bytes that a client may leave unread, and bytes that it may send without being asked. */
const UNSENT_MAX = 64 * 1024;
const UNASKED_MAX = 64 * 1024;

export interface SessionOptions {
  readonly port: PublicPort;
  readonly greeting: Greeting;
  /** The client's address, with its port. */
  readonly peer: string;
  readonly pending: PendingTable;
  readonly limits: TunnelServerLimits;
  readonly clock: TunnelClock;
  /** Visitors were sent away; said once while it goes on. */
  readonly onLost: (reason: string) => void;
}

/** Who may take the port over when its client comes back while the server still believes in the old connection. */
export interface Owner {
  /** Which of the server's secrets the client knows. */
  readonly secret: number | undefined;
  /** What the client called the tunnel, where it speaks Islet's extension. */
  readonly lease: string | undefined;
  /** The client's address, without its port. */
  readonly address: string;
}

/** An open tunnel, as long as its control connection lasts. Visitors that were fetched outlive it. */
export class Session {
  readonly owner: Owner;
  readonly peer: string;
  /** Fulfils with the reason when the control connection is over; never rejects. */
  readonly ended: Promise<string>;
  readonly #options: SessionOptions;
  #connections = 0;
  #dropped: string | undefined;
  /** Why the last visitor was sent away, as long as no other one left. */
  #lost: string | undefined;
  #cancelBeat: (() => void) | undefined;

  constructor(options: SessionOptions) {
    const { greeting, peer, port, pending } = options;
    this.#options = options;
    const { message, secret, raw } = greeting;
    const lease = message.tag === "open" ? message.lease : undefined;
    this.owner = { secret, lease, address: raw.remoteAddress ?? "" };
    this.peer = peer;
    greeting.frames.send(encodeServerMessage({ tag: "hello", port: port.port }));
    this.#beat();
    // Visitors that the client before was told of, and that still wait.
    for (const visitor of pending.of(port.port)) this.#announce(visitor.id, visitor.socket);
    port.serve((socket) => this.#enter(socket));
    this.ended = this.#listen();
  }

  /** Visitors that wait or are connected. */
  get connections(): number {
    return this.#connections;
  }

  /** Closes the control connection, in order where its client reads. */
  drop(reason: string): void {
    if (this.#dropped !== undefined) return;
    this.#dropped = reason;
    const { raw, frames } = this.#options.greeting;
    if (frames.unsent > 0) resetSocket(raw);
    else frames.close();
  }

  #enter(socket: Socket): void {
    const { pending, limits, port } = this.#options;
    const waiting = pending.of(port.port).length;
    if (this.#connections >= limits.connections) {
      this.#lose(socket, `${limits.connections} visitors are here already`);
    } else if (waiting >= limits.pending) {
      this.#lose(socket, `${limits.pending} visitors wait for the client already`);
    } else {
      this.#connections += 1;
      const leave = (): void => {
        this.#connections -= 1;
        this.#lost = undefined;
      };
      socket.once("close", leave);
      const id = pending.add({
        socket,
        port: port.port,
        onLeave: (fetched) => {
          if (!fetched) this.#options.onLost("A visitor was not fetched in time");
        },
      });
      this.#announce(id, socket);
    }
  }

  #announce(id: string, socket: Socket): void {
    const { greeting } = this.#options;
    const { remoteAddress = "", remotePort = 0, remoteFamily } = socket;
    const host = remoteFamily === "IPv6" ? `[${remoteAddress}]` : remoteAddress;
    greeting.frames.send(
      greeting.message.tag === "open"
        ? encodeServerMessage({ tag: "visitor", visitor: id, from: `${host}:${remotePort}` })
        : encodeServerMessage({ tag: "connection", visitor: id }),
    );
    // bore's server goes round its loop after each visitor, and says so.
    this.#beat();
  }

  #lose(socket: Socket, reason: string): void {
    resetSocket(socket);
    if (this.#lost !== reason) this.#options.onLost(`A visitor was sent away: ${reason}`);
    this.#lost = reason;
  }

  #beat(): void {
    const { greeting, clock } = this.#options;
    this.#cancelBeat?.();
    this.#cancelBeat = clock.after(HEARTBEAT_INTERVAL, () => this.#beat());
    if (greeting.frames.unsent > UNSENT_MAX) this.drop("Its client does not read");
    else greeting.frames.send(encodeServerMessage({ tag: "heartbeat" }));
  }

  /** bore's client never says more; ours says that it is there. Anything is read, so that an end is noticed at once. */
  async #listen(): Promise<string> {
    const { frames, message } = this.#options.greeting;
    const timeout = message.tag === "open" ? CLIENT_TIMEOUT : undefined;
    let unasked = 0;
    try {
      while (true) {
        const frame = await frames.receive(timeout);
        if (frame === undefined) break;
        if (message.tag === "open" && decodeClientMessage(frame).tag === "heartbeat") continue;
        unasked += frame.length + 1;
        if (unasked > UNASKED_MAX) throw new ProtocolError("unknown-message", "It floods");
      }
    } catch (error) {
      this.drop(toReason(error));
    } finally {
      this.#cancelBeat?.();
      this.#cancelBeat = undefined;
    }
    this.drop("Its client closed the connection");
    return this.#dropped ?? "";
  }
}

function toReason(error: unknown): string {
  if (error instanceof FrameTimeout) return "Its client is silent";
  if (error instanceof ProtocolError) return error.message;
  return "Its client's connection broke";
}
