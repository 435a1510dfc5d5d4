import type { IpSocketAddress } from "@bytecodealliance/preview2-shim/interfaces/wasi-sockets-network";
import type { IncomingDatagramStream } from "../../../../host/wasi/sockets/incoming-datagram-stream.ts";
import type { OutgoingDatagramStream } from "../../../../host/wasi/sockets/outgoing-datagram-stream.ts";
import { UdpSocket } from "../../../../host/wasi/sockets/udp-socket.ts";
import { ipv4, type SocketGuest } from "./support.ts";

/** A bound socket with its streams. */
export interface OpenUdp extends Disposable {
  readonly socket: UdpSocket;
  readonly incoming: IncomingDatagramStream;
  readonly outgoing: OutgoingDatagramStream;
  readonly address: IpSocketAddress;
}

export const ANY: IpSocketAddress = ipv4(0, [0, 0, 0, 0]);

export function createUdp(
  { guest, quota }: SocketGuest,
  family: "ipv4" | "ipv6" = "ipv4",
): UdpSocket {
  return new UdpSocket(guest, quota, family);
}

export function bindUdp(owner: SocketGuest, address: IpSocketAddress = ipv4(0)): UdpSocket {
  const socket = createUdp(owner, address.tag);
  socket.startBind(owner.network, address);
  socket.finishBind();
  return socket;
}

export function openUdp(
  owner: SocketGuest,
  address: IpSocketAddress = ipv4(0),
  remote?: IpSocketAddress,
): OpenUdp {
  return streamOf(bindUdp(owner, address), remote);
}

/** The streams of a bound socket. */
export function streamOf(socket: UdpSocket, remote: IpSocketAddress | undefined): OpenUdp {
  const [incoming, outgoing] = socket.stream(remote);
  return {
    socket,
    incoming,
    outgoing,
    address: socket.localAddress(),
    [Symbol.dispose]() {
      incoming[Symbol.dispose]();
      outgoing[Symbol.dispose]();
      socket[Symbol.dispose]();
    },
  };
}

/** Sends one datagram as a program does; returns how many went out. */
export function sendTo(
  { outgoing }: OpenUdp,
  data: string | Uint8Array,
  remoteAddress?: IpSocketAddress,
): bigint {
  outgoing.checkSend();
  return outgoing.send([toOutgoing(data, remoteAddress)]);
}

export function toOutgoing(
  data: string | Uint8Array,
  remoteAddress?: IpSocketAddress,
): { data: Uint8Array; remoteAddress?: IpSocketAddress } {
  const bytes = Buffer.from(data);
  return remoteAddress === undefined ? { data: bytes } : { data: bytes, remoteAddress };
}

/** All that waits, as text. */
export function receiveAll({ incoming }: OpenUdp): string[] {
  return incoming.receive(1000n).map(({ data }) => Buffer.from(data).toString());
}

/** Waits for something to receive and returns it, as text. */
export async function receiveSome(open: OpenUdp): Promise<string[]> {
  await open.incoming.subscribe().block();
  return receiveAll(open);
}
