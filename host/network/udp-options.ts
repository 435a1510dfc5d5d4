import type { SocketAddress } from "node:net";
import type { UdpOptions } from "./udp.ts";

/** The largest datagram over IPv4: 65 535 bytes of packet less the headers of IP and UDP (RFC 768, RFC 791). */
export const DATAGRAM_MAX_IPV4 = 65_507;

/** The largest datagram over IPv6, whose own header does not count: 65 535 bytes less that of UDP (RFC 8200 §3). */
export const DATAGRAM_MAX_IPV6 = 65_527;

/** Datagrams that wait for a reader, whatever their size. */
export const DATAGRAMS_MAX = 1024;

/** What a socket starts with. The TTL is that of RFC 1340. */
export const UDP_OPTIONS_DEFAULT: UdpOptions = Object.freeze({
  receiveBufferSize: 131_072,
  sendBufferSize: 131_072,
  hopLimit: 64,
});

/** The hop limit that a socket gets when it asks for `value`; NaN gets the smallest. */
export function clampHopLimit(value: number): number {
  return Math.min(Math.max(Math.floor(value) || 1, 1), 255);
}

/** The largest datagram that goes to or comes from an address of this family. */
export function maxDatagram(family: SocketAddress["family"]): number {
  return family === "ipv4" ? DATAGRAM_MAX_IPV4 : DATAGRAM_MAX_IPV6;
}
