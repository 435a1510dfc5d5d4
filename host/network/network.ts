import type { SocketAddress } from "node:net";
import type { ByteSink, ByteSource } from "./byte-stream.ts";
import type { WaitList } from "./wait-list.ts";

/** A result that may be there at once, as on the virtual network, or later, as from the operating system. */
export type Awaitable<T> = T | Promise<T>;

/**
 * TCP as both networks offer it. Addresses are concrete IPv4 or IPv6 addresses;
 * an implementation knows nothing of policy, workloads or WASI.
 * Every operation that fails throws (or rejects with) a `SocketError`.
 */
export interface TcpNetwork {
  /**
   * Reserves a local address; port 0 picks an ephemeral one (RFC 6335: 49152 to 65535).
   * Errors: `address-in-use`, `address-not-bindable`.
   */
  bind(local: SocketAddress): Awaitable<PortReservation>;
  /**
   * Turns a reservation into a listener, which owns it from then on; the caller's object holds nothing any more.
   * Errors: `invalid-state` for a reservation that was used or disposed, `address-in-use`.
   */
  listen(reservation: PortReservation, options: ListenOptions): Awaitable<Listener>;
  /**
   * Connects to `remote`, from `options.reservation` where the caller bound one. It owns that from the call on:
   * the port is free again when the connection is closed on this side, or when connecting failed.
   * Errors: `connection-refused`, `connection-reset`, `timeout`, `remote-unreachable`, `address-in-use`
   * (no ephemeral port is left); an aborted signal rejects with its reason.
   */
  connect(remote: SocketAddress, options: ConnectOptions): Promise<Connection>;
}

/** A local address that nobody else can bind until it is disposed. Disposing twice is harmless. */
export interface PortReservation extends Disposable {
  readonly local: SocketAddress;
}

export interface ListenOptions {
  /** Connections that may wait for `accept`; the implementation clamps it to 1 … `BACKLOG_MAX`. */
  readonly backlog: number;
  /** What accepted connections start with. */
  readonly tcp: TcpOptions;
}

export interface ConnectOptions {
  readonly reservation?: PortReservation | undefined;
  readonly tcp: TcpOptions;
  readonly signal?: AbortSignal | undefined;
  /**
   * Whether it waits for a listener that is expected; true by default. Not for whoever is expected to listen:
   * it would wait for itself.
   */
  readonly awaitsListener?: boolean | undefined;
}

/** Socket options that both sides of the contract honour as far as they can. Sizes are bytes, times milliseconds. */
export interface TcpOptions {
  readonly keepAlive: boolean;
  readonly keepAliveIdle: number;
  readonly receiveBufferSize: number;
  readonly sendBufferSize: number;
}

/** A listening socket. Disposing it frees the port and resets the connections that nobody accepted. */
export interface Listener extends Disposable {
  readonly local: SocketAddress;
  /** Connections that wait for `accept`. */
  readonly pending: number;
  /** Notified when `pending` leaves 0. */
  readonly whenPending: WaitList;
  /** Changes the length of the queue; connections already in it stay. */
  setBacklog(backlog: number): void;
  /** The oldest waiting connection, or undefined where none waits. */
  accept(): Connection | undefined;
}

/**
 * A TCP connection. Reading and writing end separately (half-close); `sink.abort` is a `reset`;
 * disposing it closes both directions, as close(2): in order where everything that arrived was read,
 * else with a reset (RFC 1122 §4.2.2.13).
 */
export interface Connection extends Disposable {
  readonly local: SocketAddress;
  readonly remote: SocketAddress;
  readonly source: ByteSource;
  readonly sink: ByteSink;
  /** Applies changed options to the live connection. */
  configure(options: TcpOptions): void;
  /**
   * Breaks both directions at once and closes the connection: the peer sees `connection-reset`
   * behind what it can still read. Idempotent.
   */
  reset(): void;
}

/** Milliseconds that a connect waits for an answer or for room in a backlog, about what Linux takes to give up on a SYN. */
export const CONNECT_TIMEOUT = 127_000;

/** The longest queue of connections that a listener keeps, as Linux's `net.core.somaxconn`. */
export const BACKLOG_MAX = 4096;

/** The backlog that a listener gets when it asks for `backlog`; NaN gets the shortest. */
export function clampBacklog(backlog: number): number {
  return Math.min(Math.max(Math.floor(backlog) || 1, 1), BACKLOG_MAX);
}
