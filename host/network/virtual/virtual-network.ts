import { SocketAddress } from "node:net";
import { SocketError } from "../error.ts";
import {
  type Awaitable,
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
import { TurnoverList } from "../turnover.ts";
import type { UdpBindOptions, UdpNetwork, UdpSocket } from "../udp.ts";
import { toVisitorAddress } from "../visitor-address.ts";
import { Arrival } from "./arrival.ts";
import type { ConnectWait } from "./connect-queue.ts";
import { type ConnectionScope, connectionPair, type EndOptions } from "./connection.ts";
import { Expectation } from "./expectation.ts";
import { findListener } from "./find-listener.ts";
import { type OpenPair, VirtualListener } from "./listener.ts";
import { isLoopback, PortTable } from "./port-table.ts";
import { refused } from "./refused.ts";
import { UdpPlane } from "./udp-plane.ts";
import type { UdpVisit, UdpVisitOptions } from "./udp-visit.ts";

/** Told of a port that somebody began to listen on, or bound for UDP by its number, and of its end. */
export type OnPort = (protocol: "tcp" | "udp", local: SocketAddress, open: boolean) => void;

/** What a virtual network may be built with. */
export interface VirtualNetworkOptions {
  /** Replaces `CONNECT_TIMEOUT`. */
  readonly connectTimeout?: number | undefined;
  /** Bounds and counts what the network holds; without it, addresses and ports are the only bound. */
  readonly quota?: NetworkQuota | undefined;
  readonly onPort?: OnPort | undefined;
}

/** Somebody outside who connects to what listens inside. */
export interface VisitOptions {
  /** Whom the listener's side sees as its peer, in its own family. It holds no port of this network. */
  readonly visitor: SocketAddress;
  readonly tcp: ConnectOptions["tcp"];
  readonly signal?: AbortSignal | undefined;
}

/**
 * A TCP and UDP network of one thread: 127.0.0.0/8 and ::1, shared by whoever holds this object and reachable by
 * nobody else. It opens no socket of the operating system.
 *
 * A client's local port is held until the client's end is closed; ends that a listener accepted hold none,
 * so a listener's port can be bound again as soon as the listener is gone.
 */
export class VirtualNetwork implements TcpNetwork, UdpNetwork, Disposable {
  readonly #quota: NetworkQuota;
  readonly #ports: PortTable;
  readonly #udp: UdpPlane;
  readonly #listeners = new Map<string, VirtualListener>();
  readonly #expectation = new Expectation<Connection>();
  readonly #scope: ConnectionScope;
  readonly #connectTimeout: number;
  readonly #onPort: OnPort | undefined;
  #closed = false;

  constructor(options: VirtualNetworkOptions = {}) {
    const { connectTimeout = CONNECT_TIMEOUT, quota = NO_QUOTA, onPort } = options;
    const rings = new RingPool(quota);
    this.#quota = quota;
    this.#ports = new PortTable(quota);
    this.#udp = new UdpPlane(quota, rings, onPort);
    this.#scope = { open: new TurnoverList(), rings, quota };
    this.#connectTimeout = connectTimeout;
    this.#onPort = onPort;
  }

  /** Listeners that are open. */
  get listeners(): number {
    return this.#listeners.size;
  }

  /** Ends of connections that are open; a connection has two, the one that waits for `accept` included. */
  get connections(): number {
    return this.#scope.open.size;
  }

  /** TCP ports that are held: by reservations, by listeners and by the clients of connections. */
  get reservations(): number {
    return this.#ports.size;
  }

  /** UDP sockets that are open. */
  get udpSockets(): number {
    return this.#udp.sockets;
  }

  /** Datagrams that were sent to where nobody is. Those that a socket dropped are counted there. */
  get lostDatagrams(): number {
    return this.#udp.lost;
  }

  bind(local: SocketAddress): PortReservation {
    this.#checkOpen("bind", local);
    return this.#ports.reserve(local);
  }

  listen(reservation: PortReservation, options: ListenOptions): Listener {
    const act = `listen on ${toText(reservation.local)}`;
    this.#checkOpen("listen on", reservation.local);
    const listener = claim(this.#quota, ["listener", 1], act, () => {
      return new VirtualListener({
        ...options,
        reservation: this.#ports.transfer(reservation),
        onClose: this.#onListenerClose,
      });
    });
    this.#listeners.set(toText(listener.local), listener);
    this.#onPort?.("tcp", listener.local, true);
    this.#expectation.fulfil(listener.local);
    return listener;
  }

  async connect(remote: SocketAddress, options: ConnectOptions): Promise<Connection> {
    const { signal, tcp, awaitsListener } = options;
    const owned = this.#reserveLocal(remote, options.reservation);
    const wait = { signal, timeout: this.#connectTimeout, awaitsListener };
    return await this.#connect(remote, { local: owned.local, tcp, owned }, wait);
  }

  /**
   * Connects a visitor from outside to the listener on `port`, one of the visitor's family where there is a choice.
   * It never waits for a listener, but for `accept`: whoever is still in the backlog when the listener is closed was
   * heard by nobody and is refused, not reset. Errors as of `connect`.
   */
  async visit(port: number, { visitor, tcp, signal }: VisitOptions): Promise<Connection> {
    const remote = findListener(this.#listeners, port, visitor.family);
    const local = toVisitorAddress(visitor, remote.family);
    const arrival = new Arrival();
    const wait = { signal, timeout: this.#connectTimeout, onArrival: arrival.settle };
    const connection = await this.#connect(remote, { local, tcp }, wait);
    return await arrival.untilAccepted(connection, wait, refused(remote));
  }

  /** Exchanges datagrams between a visitor from outside and whoever has `port`; errors: `new-socket-limit`, `address-in-use`, `invalid-state`. */
  visitUdp(port: number, options: UdpVisitOptions): UdpVisit {
    this.#checkOpen("visit port", options.visitor);
    return this.#udp.visit(port, options);
  }

  async #connect(
    remote: SocketAddress,
    client: EndOptions,
    wait: ConnectWait,
  ): Promise<Connection> {
    let ends = 0;
    try {
      wait.signal?.throwIfAborted();
      this.#checkOpen("connect to", remote);
      if (!this.#quota.acquire("connection", 2)) {
        throw exhausted("connection", `connect to ${toText(remote)}`);
      }
      ends = 2;
      return await this.#dial(
        remote,
        (server) => {
          // The ends give back what was taken for them.
          ends = 0;
          return connectionPair(client, { local: remote, tcp: server }, this.#scope);
        },
        wait,
      );
    } catch (error) {
      this.#quota.release("connection", ends);
      client.owned?.[Symbol.dispose]();
      throw error;
    }
  }

  /**
   * From now on a connect to a port on which nobody listens yet waits for somebody who does, for a service that is
   * still starting. Where nobody came it fails with `connection-refused`, when `timeout` milliseconds are over
   * or the returned object is disposed.
   */
  expectListener(timeout: number): Disposable {
    if (this.#closed)
      throw new SocketError("invalid-state", "Cannot expect a listener: the network is closed");
    return this.#expectation.begin(timeout);
  }

  bindUdp(local: SocketAddress, options: UdpBindOptions): UdpSocket {
    this.#checkOpen("bind", local);
    return this.#udp.bind(local, options);
  }

  /** Closes the listeners and sockets, resets the connections and frees the ports; every later operation fails with `invalid-state`. */
  [Symbol.dispose](): void {
    this.#closed = true;
    this.#expectation[Symbol.dispose]();
    for (const listener of this.#listeners.values()) listener[Symbol.dispose]();
    for (const connection of this.#scope.open.values()) connection.reset();
    this.#ports[Symbol.dispose]();
    this.#udp[Symbol.dispose]();
  }

  /** The local end of a connect: the caller's port, or an ephemeral one of the address that leads to `remote`. */
  #reserveLocal(remote: SocketAddress, bound: PortReservation | undefined): PortReservation {
    return bound === undefined
      ? this.#ports.reserve(remote.family === "ipv4" ? CLIENT_IPV4 : CLIENT_IPV6)
      : this.#ports.transfer(bound);
  }

  /** Goes to the listener of this moment, who may be another one than when the connect began to wait. */
  #dial(remote: SocketAddress, open: OpenPair, wait: ConnectWait): Awaitable<Connection> {
    const listener = this.#listeners.get(toText(remote));
    if (listener !== undefined) return listener.connect(open, wait);
    if (!isLoopback(remote)) {
      throw new SocketError(
        "remote-unreachable",
        `Cannot connect to ${toText(remote)}: the network has loopback addresses only`,
      );
    }
    const waits = this.#expectation.isActive && wait.awaitsListener !== false;
    if (!waits) throw refused(remote);
    return this.#expectation.wait(remote, () => this.#dial(remote, open, wait), wait);
  }

  #checkOpen(act: string, address: SocketAddress): void {
    if (!this.#closed) return;
    throw new SocketError(
      "invalid-state",
      `Cannot ${act} ${toText(address)}: the network is closed`,
    );
  }

  readonly #onListenerClose = (listener: VirtualListener): void => {
    this.#listeners.delete(toText(listener.local));
    this.#quota.release("listener", 1);
    this.#onPort?.("tcp", listener.local, false);
  };
}

/** Where clients come from who bound no address, as on Linux for every destination in 127.0.0.0/8. */
const CLIENT_IPV4 = new SocketAddress({ address: "127.0.0.1", family: "ipv4" });
const CLIENT_IPV6 = new SocketAddress({ address: "::1", family: "ipv6" });
