import type { IpAddressFamily } from "@bytecodealliance/preview2-shim/interfaces/wasi-sockets-network";
import { GuestMemory, lowerFunction } from "../cabi.ts";
import { Handles } from "../cabi-handle.ts";
import { checkCase } from "../check-argument.ts";
import type { Guest } from "../guest.ts";
import { answer } from "./answer.ts";
import { writeResult } from "./result-abi.ts";
import type { SocketQuota } from "./socket-quota.ts";
import { TcpEndpoint } from "./tcp-endpoint.ts";
import { TcpSocket } from "./tcp-socket.ts";

/** `wasi:sockets/tcp-create-socket.create-tcp-socket` for one guest, with a fast path. */
export function createTcpSocketCreator(
  guest: Guest,
  quota: SocketQuota,
): (addressFamily: IpAddressFamily) => TcpSocket {
  const create = (family: IpAddressFamily): TcpSocket =>
    new TcpSocket(guest, quota, new TcpEndpoint(guest, family));
  const createTcpSocket = (family: IpAddressFamily): TcpSocket =>
    answer(() => create(checkCase(family, ["ipv4", "ipv6"])));
  lowerFunction(createTcpSocket, (options) => {
    const memory = new GuestMemory(options);
    const handles = Handles.inOrder(options, [TcpSocket]);
    return (family: number, pointer: number): void => {
      if (family !== 0 && family !== 1)
        throw new RangeError(`Cannot lift address family ${family}`);
      writeResult(memory, pointer, 4, (at) => {
        const socket = create(family === 0 ? "ipv4" : "ipv6");
        memory.view.setInt32(at, handles.lowerOwn(TcpSocket, socket), true);
        return undefined;
      });
    };
  });
  return createTcpSocket;
}
