import type { SocketAddress } from "node:net";
import { SocketError } from "./error.ts";
import { isSame, toText } from "./socket-address.ts";
import type { UdpSocket } from "./udp.ts";
import { maxDatagram } from "./udp-options.ts";

/** The address to send `data` to, once everything is found in order that `UdpSocket.send` promises to check. */
export function checkSend(
  { local, remote: peer, capacity }: UdpSocket,
  data: Uint8Array,
  remote: SocketAddress | undefined,
): SocketAddress {
  const to = remote ?? peer;
  if (to === undefined) {
    throw invalid(
      `send from ${toText(local)}`,
      "the socket is not connected and no address is given",
    );
  }
  if (peer !== undefined && !isSame(to, peer)) {
    throw invalid(`send to ${toText(to)}`, `the socket is connected to ${toText(peer)}`);
  }
  if (to !== peer) checkPeer(local, to, "send to");
  if (data.length > maxDatagram(local.family)) {
    throw new SocketError(
      "datagram-too-large",
      `Cannot send to ${toText(to)}: ${data.length} bytes are more than a datagram holds`,
    );
  }
  if (capacity === 0)
    throw new RangeError(`Cannot send to ${toText(to)}: the socket takes nothing now`);
  return to;
}

/** Throws `invalid-argument` for an address that a socket at `local` cannot have as its peer. */
export function checkPeer(local: SocketAddress, remote: SocketAddress, act: string): void {
  if (remote.family !== local.family) {
    throw invalid(
      `${act} ${toText(remote)}`,
      `the socket is at ${toText(local)}, of another family`,
    );
  }
  if (remote.port === 0) throw invalid(`${act} ${toText(remote)}`, "there is no port 0");
}

/** Why a closed socket does nothing more. */
export function closedSocket(local: SocketAddress): SocketError {
  return new SocketError(
    "invalid-state",
    `Cannot use the UDP socket at ${toText(local)}: it is closed`,
  );
}

function invalid(act: string, reason: string): SocketError {
  return new SocketError("invalid-argument", `Cannot ${act}: ${reason}`);
}
