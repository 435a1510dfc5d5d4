import { bareInterface, bindFunction, bindResource } from "../binding.ts";
import type { Guest } from "../guest.ts";
import { createTcpSocketCreator } from "./create-tcp-socket.ts";
import { createUdpSocketCreator } from "./create-udp-socket.ts";
import { networkErrorCode } from "./error-code.ts";
import { IncomingDatagramStream } from "./incoming-datagram-stream.ts";
import { ResolveAddressStream, resolveAddresses } from "./ip-name-lookup.ts";
import { createInstanceNetwork, Network } from "./network.ts";
import { OutgoingDatagramStream } from "./outgoing-datagram-stream.ts";
import { SocketQuota } from "./socket-quota.ts";
import { TcpSocket } from "./tcp-socket.ts";
import { UdpSocket } from "./udp-socket.ts";
import "./datagram-stream-abi.ts";
import "./tcp-socket-abi.ts";

/** `wasi:sockets` for one guest, all of 0.2.x, besides `sharedSocketsImports`. */
export function createSocketsImports(
  guest: Guest,
): Readonly<Record<string, Readonly<Record<string, unknown>>>> {
  const quota = new SocketQuota();
  return {
    "wasi:sockets/instance-network": {
      __proto__: null,
      instanceNetwork: createInstanceNetwork(guest),
    },
    "wasi:sockets/ip-name-lookup": {
      __proto__: null,
      ResolveAddressStream: LOOKUP_STREAM,
      resolveAddresses: (_network: unknown, name: string) => resolveAddresses(guest, name),
    },
    "wasi:sockets/tcp-create-socket": {
      __proto__: null,
      createTcpSocket: createTcpSocketCreator(guest, quota),
    },
    "wasi:sockets/udp-create-socket": {
      __proto__: null,
      createUdpSocket: createUdpSocketCreator(guest, quota),
    },
  };
}

const LOOKUP_STREAM = bindResource(ResolveAddressStream, ["resolveNextAddress", "subscribe"]);

/** What is the same for every guest: resources know theirs. */
export const sharedSocketsImports: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  "wasi:sockets/network": bareInterface({
    Network: bindResource(Network, []),
    networkErrorCode: bindFunction(networkErrorCode),
  }),
  "wasi:sockets/tcp": bareInterface({
    TcpSocket: bindResource(TcpSocket, [
      "startBind",
      "finishBind",
      "startConnect",
      "finishConnect",
      "startListen",
      "finishListen",
      "accept",
      "localAddress",
      "remoteAddress",
      "isListening",
      "addressFamily",
      "setListenBacklogSize",
      "keepAliveEnabled",
      "setKeepAliveEnabled",
      "keepAliveIdleTime",
      "setKeepAliveIdleTime",
      "keepAliveInterval",
      "setKeepAliveInterval",
      "keepAliveCount",
      "setKeepAliveCount",
      "hopLimit",
      "setHopLimit",
      "receiveBufferSize",
      "setReceiveBufferSize",
      "sendBufferSize",
      "setSendBufferSize",
      "subscribe",
      "shutdown",
    ]),
  }),
  "wasi:sockets/udp": bareInterface({
    UdpSocket: bindResource(UdpSocket, [
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
    ]),
    IncomingDatagramStream: bindResource(IncomingDatagramStream, ["receive", "subscribe"]),
    OutgoingDatagramStream: bindResource(OutgoingDatagramStream, [
      "checkSend",
      "send",
      "subscribe",
    ]),
  }),
};
