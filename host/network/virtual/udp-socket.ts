import type { SocketAddress } from "node:net";
import { checkPeer, checkSend, closedSocket } from "../datagram-check.ts";
import { DatagramQueue } from "../datagram-queue.ts";
import { SocketError } from "../error.ts";
import type { PortReservation } from "../network.ts";
import { PeerTable } from "../peer-table.ts";
import { isSame, toText } from "../socket-address.ts";
import { clampBufferSize } from "../tcp-options.ts";
import type { Datagram, UdpBindOptions, UdpOptions, UdpSocket } from "../udp.ts";
import { WaitList } from "../wait-list.ts";
import { isLoopback } from "./port-table.ts";
import type { UdpPlane } from "./udp-plane.ts";

/** Datagrams that a socket sends at a time; each is delivered at once, so there is always room for as many again. */
const BURST = 64;

/** A UDP socket of the virtual network. A datagram is in the queue of its receiver when `send` returns, or was dropped. */
export class VirtualUdpSocket implements UdpSocket {
  readonly whenWritable: WaitList = new WaitList();
  readonly #plane: UdpPlane;
  readonly #reservation: PortReservation;
  readonly #queue: DatagramQueue;
  readonly #peers: PeerTable | undefined;
  #remote: SocketAddress | undefined;
  #dropped = 0;
  #failure: SocketError | undefined;

  /** Owns `reservation`. */
  constructor(plane: UdpPlane, reservation: PortReservation, { udp, admit }: UdpBindOptions) {
    this.#plane = plane;
    this.#reservation = reservation;
    this.#queue = new DatagramQueue(clampBufferSize(udp.receiveBufferSize), plane.rings);
    this.#peers = admit === "replies" ? new PeerTable() : undefined;
  }

  get local(): SocketAddress {
    return this.#reservation.local;
  }

  get remote(): SocketAddress | undefined {
    return this.#remote;
  }

  get pending(): number {
    return this.#queue.pending;
  }

  get whenReadable(): WaitList {
    return this.#queue.whenReadable;
  }

  get capacity(): number {
    return this.#failure === undefined ? BURST : 0;
  }

  get failure(): Error | undefined {
    return this.#failure;
  }

  get dropped(): number {
    return this.#dropped;
  }

  connect(remote: SocketAddress): void {
    this.#checkOpen();
    checkPeer(this.local, remote, "connect to");
    this.#checkReachable(remote);
    this.#remote = remote;
    this.#dropped += this.#queue.retain((from) => isSame(from, remote));
  }

  hasVisitor(remote: SocketAddress): boolean {
    return this.#plane.hasVisitor(this.local, remote);
  }

  disconnect(): void {
    this.#remote = undefined;
  }

  receive(): Datagram | undefined {
    this.#checkOpen();
    return this.#queue.shift();
  }

  send(data: Uint8Array, remote?: SocketAddress): void {
    this.#checkOpen();
    const to = checkSend(this, data, remote);
    if (to !== this.#remote) this.#checkReachable(to);
    this.#peers?.add(to);
    this.#plane.deliver(data, this.#reservation.local, to);
  }

  /** A datagram arrives; returns whether it was taken. */
  deliver(data: Uint8Array, from: SocketAddress): boolean {
    if (this.#admits(from) && this.#queue.push(data, from)) return true;
    this.#dropped += 1;
    return false;
  }

  configure(options: UdpOptions): void {
    this.#queue.setLimit(clampBufferSize(options.receiveBufferSize));
  }

  [Symbol.dispose](): void {
    if (this.#failure !== undefined) return;
    this.#failure = closedSocket(this.local);
    this.#plane.remove(this);
    this.#reservation[Symbol.dispose]();
    this.#queue.close();
    this.whenWritable.notify();
  }

  #admits(from: SocketAddress): boolean {
    const remote = this.#remote;
    if (remote !== undefined) return isSame(from, remote);
    return this.#peers === undefined || this.#peers.find(from.address, from.port) !== undefined;
  }

  #checkOpen(): void {
    if (this.#failure !== undefined) throw this.#failure;
  }

  #checkReachable(remote: SocketAddress): void {
    if (isLoopback(remote) || this.hasVisitor(remote)) return;
    throw new SocketError(
      "remote-unreachable",
      `Cannot send to ${toText(remote)}: the network has loopback addresses only`,
    );
  }
}
