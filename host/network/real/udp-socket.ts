import type { RemoteInfo, Socket } from "node:dgram";
import { SocketAddress } from "node:net";
import { checkPeer, checkSend, closedSocket } from "../datagram-check.ts";
import { DatagramQueue } from "../datagram-queue.ts";
import { SocketError } from "../error.ts";
import { PeerTable } from "../peer-table.ts";
import { type NetworkQuota, QUOTA_PAGE } from "../quota.ts";
import type { RingPool } from "../ring-pool.ts";
import { isSame, toText } from "../socket-address.ts";
import { clampBufferSize } from "../tcp-options.ts";
import type { Datagram, UdpBindOptions, UdpOptions, UdpSocket } from "../udp.ts";
import { clampHopLimit } from "../udp-options.ts";
import { WaitList } from "../wait-list.ts";
import { toSocketError } from "./errno.ts";

/** Datagrams that wait to be sent, whatever their size. */
const SENDING_MAX = 64;

/** What a socket is made of besides the one of node:dgram. */
export interface RealUdpSocketOptions extends UdpBindOptions {
  readonly rings: RingPool;
  /** Counts what waits to be sent. */
  readonly quota: NetworkQuota;
  /** Called once, when the socket is closed. */
  readonly onClose: (socket: RealUdpSocket) => void;
}

/**
 * A UDP socket of the operating system.
 * Its buffers come on top of the operating system's, which drops without telling when it has no room itself.
 */
export class RealUdpSocket implements UdpSocket {
  readonly whenWritable: WaitList = new WaitList();
  readonly #socket: Socket;
  readonly #queue: DatagramQueue;
  readonly #peers: PeerTable | undefined;
  readonly #quota: NetworkQuota;
  readonly #onClose: (socket: RealUdpSocket) => void;
  #local: SocketAddress;
  #remote: SocketAddress | undefined;
  /** Where the last datagram came from, since most come from where the one before did. */
  #lastFrom: SocketAddress | undefined;
  #sendLimit: number;
  #sending = 0;
  #sendingBytes = 0;
  #dropped = 0;
  #failure: SocketError | undefined;
  #closed = false;

  /** Takes over `socket`, which is bound. */
  constructor(socket: Socket, { udp, admit, rings, quota, onClose }: RealUdpSocketOptions) {
    this.#socket = socket;
    this.#quota = quota;
    this.#onClose = onClose;
    this.#local = addressOf(socket);
    this.#queue = new DatagramQueue(clampBufferSize(udp.receiveBufferSize), rings);
    this.#sendLimit = clampBufferSize(udp.sendBufferSize);
    this.#peers = admit === "replies" ? new PeerTable() : undefined;
    socket.setTTL(clampHopLimit(udp.hopLimit));
    socket.on("message", this.#onMessage);
    socket.on("error", (error) => this.#fail(toSocketError(error, `receive at ${this.#text}`)));
  }

  get local(): SocketAddress {
    return this.#local;
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
    const isFull = this.#closed || this.#sendingBytes >= this.#sendLimit;
    return isFull ? 0 : SENDING_MAX - this.#sending;
  }

  get failure(): Error | undefined {
    return this.#failure;
  }

  get dropped(): number {
    return this.#dropped;
  }

  connect(remote: SocketAddress): void {
    this.#checkOpen();
    checkPeer(this.#local, remote, "connect to");
    this.disconnect();
    try {
      this.#socket.connectSync(remote.port, remote.address);
    } catch (error) {
      throw toSocketError(error, `connect ${this.#text} to ${toText(remote)}`);
    }
    this.#remote = remote;
    this.#local = addressOf(this.#socket);
    this.#dropped += this.#queue.retain((from) => isSame(from, remote));
  }

  disconnect(): void {
    if (this.#remote === undefined || this.#closed) return;
    this.#remote = undefined;
    // What the former peer refused is no longer of interest.
    this.#failure = undefined;
    this.#socket.disconnect();
    this.#local = addressOf(this.#socket);
  }

  receive(): Datagram | undefined {
    const datagram = this.#queue.shift();
    if (datagram === undefined) this.#tellFailure();
    return datagram;
  }

  send(data: Uint8Array, remote?: SocketAddress): void {
    this.#tellFailure();
    const to = checkSend(this, data, remote);
    if (!this.#quota.acquire("page", pagesOf(data))) {
      throw new SocketError("out-of-memory", `Cannot send to ${toText(to)}: the quota is used up`);
    }
    this.#peers?.add(to);
    this.#sending += 1;
    this.#sendingBytes += data.length;
    const copy = Buffer.from(data);
    const onSent = (error: Error | null): void => this.#onSent(copy, to, error);
    if (this.#remote === undefined) this.#socket.send(copy, to.port, to.address, onSent);
    else this.#socket.send(copy, onSent);
  }

  configure(options: UdpOptions): void {
    this.#queue.setLimit(clampBufferSize(options.receiveBufferSize));
    this.#sendLimit = clampBufferSize(options.sendBufferSize);
    if (!this.#closed) this.#socket.setTTL(clampHopLimit(options.hopLimit));
    if (this.capacity > 0) this.whenWritable.notify();
  }

  [Symbol.dispose](): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#failure = closedSocket(this.#local);
    this.#socket.close();
    this.#onClose(this);
    this.#queue.close();
    this.whenWritable.notify();
  }

  get #text(): string {
    return `the UDP socket at ${toText(this.#local)}`;
  }

  readonly #onMessage = (data: Buffer, info: RemoteInfo): void => {
    const from = this.#admit(info);
    if (from === undefined || !this.#queue.push(data, from)) this.#dropped += 1;
  };

  /** The sender's address, or undefined where nothing is admitted from there. */
  #admit({ address, port, family }: RemoteInfo): SocketAddress | undefined {
    const remote = this.#remote;
    // The operating system filters for a connected socket, but not what arrived before it was connected.
    if (remote !== undefined) return isAt(remote, address, port) ? remote : undefined;
    if (this.#peers !== undefined) return this.#peers.find(address, port);
    if (this.#lastFrom === undefined || !isAt(this.#lastFrom, address, port)) {
      this.#lastFrom = toAddress(address, port, family);
    }
    return this.#lastFrom;
  }

  #onSent(data: Uint8Array, to: SocketAddress, error: Error | null): void {
    const wasFull = this.capacity === 0;
    this.#sending -= 1;
    this.#sendingBytes -= data.length;
    this.#quota.release("page", pagesOf(data));
    if (error !== null) this.#fail(toSocketError(error, `send to ${toText(to)}`));
    else if (wasFull && this.capacity > 0) this.whenWritable.notify();
  }

  #fail(failure: SocketError): void {
    if (this.#closed) return;
    this.#failure = failure;
    this.#queue.whenReadable.notify();
    this.whenWritable.notify();
  }

  /** Throws what failed, and forgets it unless that is for ever. */
  #tellFailure(): void {
    const failure = this.#failure;
    if (failure === undefined) return;
    if (!this.#closed) this.#failure = undefined;
    throw failure;
  }

  #checkOpen(): void {
    if (this.#closed && this.#failure !== undefined) throw this.#failure;
  }
}

function pagesOf(data: Uint8Array): number {
  return Math.ceil(data.length / QUOTA_PAGE);
}

function isAt(remote: SocketAddress, address: string, port: number): boolean {
  return remote.port === port && remote.address === address;
}

function addressOf(socket: Socket): SocketAddress {
  const { address, port, family } = socket.address();
  return toAddress(address, port, family);
}

/** What node:dgram says about an end of a socket; a zone names a link of this machine and is left out. */
function toAddress(address: string, port: number, family: string): SocketAddress {
  const [withoutZone] = address.split("%", 1);
  return new SocketAddress({
    address: withoutZone,
    family: family === "IPv6" ? "ipv6" : "ipv4",
    port,
  });
}
