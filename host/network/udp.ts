import type { SocketAddress } from "node:net";
import type { WaitList } from "./wait-list.ts";

/**
 * UDP as both networks offer it. Addresses are concrete IPv4 or IPv6 addresses;
 * an implementation knows nothing of policy, workloads or WASI.
 * Every operation that fails throws a `SocketError`.
 */
export interface UdpNetwork {
  /**
   * Opens a socket at a local address; port 0 picks an ephemeral one (RFC 6335: 49152 to 65535).
   * The ports of UDP are others than those of TCP.
   * Errors: `address-in-use`, `address-not-bindable`, `access-denied`, `new-socket-limit`.
   */
  bindUdp(local: SocketAddress, options: UdpBindOptions): UdpSocket;
}

export interface UdpBindOptions {
  readonly udp: UdpOptions;
  /**
   * Whose datagrams the socket receives while it is not connected: `anybody`'s, the default, or `replies` only,
   * from addresses that it sent to itself not long ago.
   */
  readonly admit?: "anybody" | "replies" | undefined;
}

/** Socket options that both sides of the contract honour as far as they can. */
export interface UdpOptions {
  /** Bytes that may wait for `receive`. A datagram that finds no other waiting is taken whatever its size. */
  readonly receiveBufferSize: number;
  /** Bytes that may wait to be sent. */
  readonly sendBufferSize: number;
  /** The IP time to live, 1 to 255; it means nothing where nothing is routed. */
  readonly hopLimit: number;
}

/** What arrived, and from where; the bytes are the receiver's own. */
export interface Datagram {
  readonly data: Uint8Array;
  readonly remote: SocketAddress;
}

/**
 * A bound UDP socket. Datagrams arrive whole or not at all: what finds no room, or comes from where nothing is
 * admitted from, is dropped and counted. Disposing it frees the port; what waits is dropped.
 */
export interface UdpSocket extends Disposable {
  readonly local: SocketAddress;
  /** The only address that the socket sends to and receives from; undefined where it is not connected. */
  readonly remote: SocketAddress | undefined;
  /**
   * Limits the socket to one peer, in place of the former where there was one;
   * datagrams from others that wait are dropped. No datagram is sent for it.
   * Errors: `invalid-argument` for an address without port or of another family, `remote-unreachable`,
   * `invalid-state` once closed.
   */
  connect(remote: SocketAddress): void;
  /** Opens the socket to all peers again; harmless where it is not connected. */
  disconnect(): void;
  /** Whether `remote` was let in from outside to exchange datagrams with this socket; nobody is where it is left out. */
  hasVisitor?(remote: SocketAddress): boolean;

  /** Datagrams that wait for `receive`. */
  readonly pending: number;
  /** The oldest waiting datagram, or undefined where none waits. Throws `failure` where none waits and there is one. */
  receive(): Datagram | undefined;
  /** Notified when `pending` leaves 0 and when there is a `failure`. */
  readonly whenReadable: WaitList;

  /** Datagrams that `send` takes now; 0 means wait for `whenWritable`. Sending one may use up more than one. */
  readonly capacity: number;
  /**
   * Sends a copy of `data` to `remote`, or to the peer of a connected socket, which needs none.
   * Whether it arrives is not known. Errors: `datagram-too-large`, `invalid-argument` (no address, one that
   * contradicts the connection, no port, another family), `remote-unreachable`, `out-of-memory` where the quota is
   * used up; `failure`, if there is one.
   * Throws `RangeError` where `capacity` is 0, which is a bug of the caller.
   */
  send(data: Uint8Array, remote?: SocketAddress): void;
  /** Notified when `capacity` leaves 0 and when there is a `failure`. */
  readonly whenWritable: WaitList;

  /**
   * What became known of an earlier datagram, such as `connection-refused`: told to one `send` or `receive`, then
   * forgotten, as the operating system does. A closed socket has `invalid-state` for ever.
   */
  readonly failure: Error | undefined;
  /** Datagrams that arrived and were dropped. */
  readonly dropped: number;
  /** Applies changed options to the open socket. */
  configure(options: UdpOptions): void;
}
