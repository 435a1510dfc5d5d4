import type { IpAddressFamily } from "@bytecodealliance/preview2-shim/interfaces/wasi-sockets-network";
import { SocketError } from "../../network/error.ts";
import { type AbsentResource, createAbsentResource } from "../absent-resource.ts";
import { answer } from "./answer.ts";

/**
 * `wasi:sockets/udp-create-socket`. No network here carries datagrams, and this says so:
 * it always fails with `not-supported`. The interfaces are present because standard libraries
 * import all of `wasi:sockets`, whatever the program uses.
 */
export function createUdpSocket(_addressFamily: IpAddressFamily): never {
  return answer(() => {
    throw new SocketError("not-supported", "Cannot create a UDP socket: the host has no UDP");
  });
}

const REASON = "no UDP socket can be created";

/** `wasi:sockets/udp.udp-socket` */
export const UdpSocket: AbsentResource = createAbsentResource(
  "udp-socket",
  [
    "startBind",
    "finishBind",
    "stream",
    "localAddress",
    "remoteAddress",
    "addressFamily",
    "unicastHopLimit",
    "setUnicastHopLimit",
    "receiveBufferSize",
    "setReceiveBufferSize",
    "sendBufferSize",
    "setSendBufferSize",
    "subscribe",
  ],
  REASON,
);

/** `wasi:sockets/udp.incoming-datagram-stream` */
export const IncomingDatagramStream: AbsentResource = createAbsentResource(
  "incoming-datagram-stream",
  ["receive", "subscribe"],
  REASON,
);

/** `wasi:sockets/udp.outgoing-datagram-stream` */
export const OutgoingDatagramStream: AbsentResource = createAbsentResource(
  "outgoing-datagram-stream",
  ["checkSend", "send", "subscribe"],
  REASON,
);
