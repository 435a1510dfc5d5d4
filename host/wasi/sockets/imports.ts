import { bindFunction, bindResource } from "../binding.ts";
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

/** `wasi:sockets` for one guest, all of 0.2.x. */
export function createSocketsImports(
  guest: Guest,
): Readonly<Record<string, Readonly<Record<string, unknown>>>> {
  const quota = new SocketQuota();
  return {
    ...SHARED,
    "wasi:sockets/instance-network": { instanceNetwork: createInstanceNetwork(guest) },
    "wasi:sockets/ip-name-lookup": {
      ResolveAddressStream: LOOKUP_STREAM,
      resolveAddresses: (_network: unknown, name: string) => resolveAddresses(guest, name),
    },
    "wasi:sockets/tcp-create-socket": {
      createTcpSocket: createTcpSocketCreator(guest, quota),
    },
    "wasi:sockets/udp-create-socket": {
      createUdpSocket: createUdpSocketCreator(guest, quota),
    },
  };
}

const LOOKUP_STREAM = bindResource(ResolveAddressStream);

/** What is the same for every guest: resources know theirs. */
const SHARED = {
  "wasi:sockets/network": {
    Network: bindResource(Network),
    networkErrorCode: bindFunction(networkErrorCode),
  },
  "wasi:sockets/tcp": { TcpSocket: bindResource(TcpSocket) },
  "wasi:sockets/udp": {
    UdpSocket: bindResource(UdpSocket),
    IncomingDatagramStream: bindResource(IncomingDatagramStream),
    OutgoingDatagramStream: bindResource(OutgoingDatagramStream),
  },
};
