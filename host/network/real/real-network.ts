import type { Socket, SocketAddress } from "node:net";
import { SocketError } from "../error.ts";
import {
  CONNECT_TIMEOUT,
  type Connection,
  type ConnectOptions,
  type Listener,
  type ListenOptions,
  type PortReservation,
  type TcpNetwork,
} from "../network.ts";
import { claim, exhausted, NO_QUOTA, type NetworkQuota } from "../quota.ts";
import { RingPool } from "../ring-pool.ts";
import { toText } from "../socket-address.ts";
import type { UdpBindOptions, UdpNetwork, UdpSocket } from "../udp.ts";
import { RealConnection, type RealConnectionOptions } from "./connection.ts";
import { dial } from "./dial.ts";
import { listen, type RealListener } from "./listener.ts";
import { type HeldPort, PortTable } from "./port-table.ts";
import { bindSocket } from "./udp-bind.ts";
import { RealUdpSocket } from "./udp-socket.ts";

/** Milliseconds that a closed connection gets, counted without progress, to deliver its last bytes. */
const LINGER_TIMEOUT = 30_000;

/** What a real network may be built with. */
export interface RealNetworkOptions {
  /** Replaces `CONNECT_TIMEOUT`. */
  readonly connectTimeout?: number | undefined;
  /** Replaces 30 seconds without progress, after which a closed connection is reset that cannot deliver its last bytes. */
  readonly lingerTimeout?: number | undefined;
  /** Bounds and counts what the network holds; without it, the operating system is the only bound. */
  readonly quota?: NetworkQuota | undefined;
}

/** The operating system's TCP and UDP, as a scope: disposing it closes every socket that was opened through it. */
export class RealNetwork implements TcpNetwork, UdpNetwork, Disposable {
  readonly #quota: NetworkQuota;
  readonly #ports: PortTable;
  readonly #listeners = new Set<RealListener>();
  readonly #open = new Set<RealConnection>();
  readonly #dialling = new Set<Socket>();
  readonly #udp = new Set<RealUdpSocket>();
  readonly #rings: RingPool;
  readonly #scope: Omit<RealConnectionOptions, "tcp" | "owned">;
  readonly #connectTimeout: number;
  #closed = false;

  constructor(options: RealNetworkOptions = {}) {
    const { lingerTimeout = LINGER_TIMEOUT, quota = NO_QUOTA } = options;
    this.#quota = quota;
    this.#ports = new PortTable(quota);
    this.#rings = new RingPool(quota);
    this.#scope = { lingerTimeout, open: this.#open, rings: this.#rings, quota };
    this.#connectTimeout = options.connectTimeout ?? CONNECT_TIMEOUT;
  }

  /** Listeners that are open. */
  get listeners(): number {
    return this.#listeners.size;
  }

  /** Connections whose sockets are open, those included that were closed here and still deliver their last bytes. */
  get connections(): number {
    return this.#open.size;
  }

  /** TCP ports that were bound here and are held: by reservations, by listeners and by the clients of connections. */
  get reservations(): number {
    return this.#ports.size;
  }

  /** UDP sockets that are open. */
  get udpSockets(): number {
    return this.#udp.size;
  }

  bind(local: SocketAddress): PortReservation {
    this.#checkOpen("bind", local);
    return this.#ports.reserve(local);
  }

  async listen(reservation: PortReservation, options: ListenOptions): Promise<Listener> {
    this.#checkOpen("listen on", reservation.local);
    const act = `listen on ${toText(reservation.local)}`;
    const held = claim(this.#quota, ["listener", 1], act, () => this.#ports.transfer(reservation));
    const onClose = (listener: RealListener): void => {
      this.#listeners.delete(listener);
      this.#quota.release("listener", 1);
    };
    const listener = await listen({ ...options, held, scope: this.#scope, onClose });
    this.#listeners.add(listener);
    if (this.#closed) listener[Symbol.dispose]();
    return listener;
  }

  async connect(remote: SocketAddress, options: ConnectOptions): Promise<Connection> {
    const { reservation, tcp, signal } = options;
    const held: HeldPort | undefined =
      reservation === undefined ? undefined : this.#ports.transfer(reservation);
    let ends = 0;
    try {
      signal?.throwIfAborted();
      this.#checkOpen("connect to", remote);
      if (!this.#quota.acquire("connection", 1)) {
        throw exhausted("connection", `connect to ${toText(remote)}`);
      }
      ends = 1;
      return await dial(
        remote,
        (socket) => new RealConnection(socket, { ...this.#scope, tcp, owned: held }),
        {
          bound: held?.socket,
          signal,
          timeout: this.#connectTimeout,
          dialling: this.#dialling,
        },
      );
    } catch (error) {
      this.#quota.release("connection", ends);
      held?.[Symbol.dispose]();
      throw error;
    }
  }

  bindUdp(local: SocketAddress, options: UdpBindOptions): UdpSocket {
    this.#checkOpen("bind", local);
    const socket = claim(this.#quota, ["socket", 1], `bind ${toText(local)}`, () => {
      return new RealUdpSocket(bindSocket(local), {
        ...options,
        rings: this.#rings,
        quota: this.#quota,
        onClose: (closed) => {
          this.#udp.delete(closed);
          this.#quota.release("socket", 1);
        },
      });
    });
    this.#udp.add(socket);
    return socket;
  }

  /** Closes the listeners and UDP sockets, resets the connections and frees the ports; every later operation fails with `invalid-state`. */
  [Symbol.dispose](): void {
    this.#closed = true;
    for (const listener of this.#listeners) listener[Symbol.dispose]();
    for (const connection of this.#open) connection.reset();
    for (const socket of this.#udp) socket[Symbol.dispose]();
    for (const socket of this.#dialling) {
      socket.destroy(
        new SocketError("connection-aborted", "Cannot connect: the network is closed"),
      );
    }
    this.#ports[Symbol.dispose]();
  }

  #checkOpen(act: string, address: SocketAddress): void {
    if (!this.#closed) return;
    throw new SocketError(
      "invalid-state",
      `Cannot ${act} ${toText(address)}: the network is closed`,
    );
  }
}
