import assert from "node:assert/strict";
import type { SocketAddress } from "node:net";
import { SocketError, type SocketErrorCode } from "../../../host/network/error.ts";
import type { TcpNetwork } from "../../../host/network/network.ts";
import type { Datagram, UdpBindOptions, UdpNetwork, UdpSocket } from "../../../host/network/udp.ts";
import { UDP_OPTIONS_DEFAULT as udp } from "../../../host/network/udp-options.ts";
import { at, type Loopback, until } from "../network/support.ts";

/** A network under test, with the count that shows whether it leaks. */
interface ObservedUdpNetwork extends TcpNetwork, UdpNetwork, Disposable {
  readonly udpSockets: number;
}

export type CreateUdpNetwork = () => ObservedUdpNetwork;

/** A socket at a port of a loopback address, an ephemeral one unless told. */
export function open(
  network: UdpNetwork,
  loopback: Loopback,
  { port = 0, ...options }: Partial<UdpBindOptions> & { readonly port?: number } = {},
): UdpSocket {
  return network.bindUdp(at(loopback, port), { udp, ...options });
}

/** Sends as soon as the socket takes it. */
export async function send(
  socket: UdpSocket,
  data: Uint8Array | string,
  remote?: SocketAddress,
): Promise<void> {
  await until(socket.whenWritable, () => socket.capacity > 0 || socket.failure !== undefined);
  socket.send(Buffer.from(data), remote);
}

/** The next datagram, once it is there. */
export async function receive(socket: UdpSocket): Promise<Datagram> {
  await until(socket.whenReadable, () => socket.pending > 0 || socket.failure !== undefined);
  const datagram = socket.receive();
  assert.ok(datagram, "a pending datagram is received");
  return datagram;
}

/** The next datagram as text. */
export async function receiveText(socket: UdpSocket): Promise<string> {
  return Buffer.from((await receive(socket)).data).toString();
}

/** What a call failed with; undefined where it did not fail. */
export function failureCode(act: () => unknown): SocketErrorCode | undefined {
  try {
    act();
    return undefined;
  } catch (error) {
    assert.ok(error instanceof SocketError, String(error));
    return error.code;
  }
}
