import type { SocketAddress } from "node:net";
import {
  clampBacklog,
  type Connection,
  type Listener,
  type ListenOptions,
  type PortReservation,
  type TcpOptions,
} from "../network.ts";
import { WaitList } from "../wait-list.ts";
import { ConnectQueue, type ConnectWait } from "./connect-queue.ts";
import { refused } from "./refused.ts";

/** What a listener is built from. */
export interface VirtualListenerOptions extends ListenOptions {
  /** The listener owns it. */
  readonly reservation: PortReservation;
  /** Called once, when the listener is closed and before its port is free. */
  readonly onClose: (listener: VirtualListener) => void;
}

/** Makes both ends of a connection; the first belongs to the client, the second waits for `accept`. */
export type OpenPair = (server: TcpOptions) => readonly [client: Connection, server: Connection];

/** A listener of the virtual network: a bounded queue of connections, and behind it the connects that wait for room. */
export class VirtualListener implements Listener {
  readonly whenPending: WaitList = new WaitList();
  readonly #reservation: PortReservation;
  readonly #onClose: (listener: VirtualListener) => void;
  readonly #tcp: TcpOptions;
  readonly #pending: Pending[] = [];
  readonly #waiting = new ConnectQueue<Connection>();
  #backlog: number;
  #closed = false;

  constructor({ reservation, backlog, tcp, onClose }: VirtualListenerOptions) {
    this.#reservation = reservation;
    this.#backlog = clampBacklog(backlog);
    this.#tcp = tcp;
    this.#onClose = onClose;
  }

  get local(): SocketAddress {
    return this.#reservation.local;
  }

  get pending(): number {
    return this.#pending.length;
  }

  setBacklog(backlog: number): void {
    this.#backlog = clampBacklog(backlog);
    this.#admit();
  }

  accept(): Connection | undefined {
    const pending = this.#pending.shift();
    if (pending === undefined) return undefined;
    this.#admit();
    pending.onArrival?.(true);
    return pending.connection;
  }

  /** Queues a new connection and returns the client's end, at once where there is room; where somebody waits, there is none. */
  connect(open: OpenPair, wait: ConnectWait): Connection | Promise<Connection> {
    const enter = (): Connection => this.#enter(open, wait);
    return this.#pending.length < this.#backlog ? enter() : this.#waiting.wait(enter, wait);
  }

  [Symbol.dispose](): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#onClose(this);
    this.#reservation[Symbol.dispose]();
    this.#waiting.refuseAll(refused(this.local));
    for (const { connection, onArrival } of this.#pending.splice(0)) {
      onArrival?.(false);
      connection.reset();
    }
    this.whenPending.notify();
  }

  #enter(open: OpenPair, { onArrival }: ConnectWait): Connection {
    const [client, connection] = open(this.#tcp);
    this.#pending.push({ connection, onArrival });
    if (this.#pending.length === 1) this.whenPending.notify();
    return client;
  }

  #admit(): void {
    while (!this.#closed && this.#pending.length < this.#backlog) {
      if (!this.#waiting.admitOldest()) return;
    }
  }
}

/** A connection that waits for `accept`. */
interface Pending {
  readonly connection: Connection;
  readonly onArrival: ConnectWait["onArrival"];
}
