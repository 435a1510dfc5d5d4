import type { IpAddressFamily } from "@bytecodealliance/preview2-shim/interfaces/wasi-sockets-network";
import { checkCase } from "../check-argument.ts";
import type { Guest } from "../guest.ts";
import { answer } from "./answer.ts";
import type { SocketQuota } from "./socket-quota.ts";
import { UdpSocket } from "./udp-socket.ts";

/** `wasi:sockets/udp-create-socket.create-udp-socket` for one guest. */
export function createUdpSocketCreator(
  guest: Guest,
  quota: SocketQuota,
): (addressFamily: IpAddressFamily) => UdpSocket {
  return (family) => answer(() => new UdpSocket(guest, quota, checkCase(family, ["ipv4", "ipv6"])));
}
