import type {
  IpAddressFamily,
  IpSocketAddress,
} from "@bytecodealliance/preview2-shim/interfaces/wasi-sockets-network";
import { SocketError } from "../../network/error.ts";

/** Throws `invalid-argument` for an address that no socket of `family` can be bound to, whatever policy says. */
export function checkLocalAddress(family: IpAddressFamily, address: IpSocketAddress): void {
  checkUnicast("bind", family, address);
}

/** Throws `invalid-argument` for an address that no socket of `family` can connect to, whatever policy says. */
export function checkRemoteAddress(family: IpAddressFamily, address: IpSocketAddress): void {
  checkUnicast("connect", family, address);
  // WIT: "The IP address in `remote-address` is set to INADDR_ANY (`0.0.0.0` / `::`)."
  if (isUnspecified(address)) throw invalid("connect", "the remote address is unspecified");
  // WIT: "The port in `remote-address` is set to 0."
  if (address.val.port === 0) throw invalid("connect", "the remote port is 0");
}

/** Throws `invalid-argument` for an address that no datagram of a socket of `family` can go to, whatever policy says. */
export function checkDatagramAddress(family: IpAddressFamily, address: IpSocketAddress): void {
  checkFamily("send", family, address);
  // WIT: "The IP address in `remote-address` is set to INADDR_ANY (`0.0.0.0` / `::`)."
  if (isUnspecified(address)) throw invalid("send", "the remote address is unspecified");
  // WIT: "The port in `remote-address` is set to 0."
  if (address.val.port === 0) throw invalid("send", "the remote port is 0");
}

/** Whether it is `0.0.0.0` or `::`. */
export function isUnspecified({ val }: IpSocketAddress): boolean {
  return val.address.every((part) => part === 0);
}

/** Throws `invalid-argument` for an address that a socket of `family` cannot have. */
export function checkFamily(
  verb: "bind" | "connect" | "send",
  family: IpAddressFamily,
  address: IpSocketAddress,
): void {
  // WIT: "The `local-address` has the wrong address family." and the same of `remote-address`.
  if (address.tag !== family) {
    throw invalid(verb, `an ${address.tag} address does not fit an ${family} socket`);
  }
  // WIT of TCP: "`local-address` is an IPv4-mapped IPv6 address."; to UDP such an address is of the wrong family, too.
  if (isIpv4Mapped(address)) throw invalid(verb, "the address is an IPv4-mapped IPv6 address");
}

function checkUnicast(
  verb: "bind" | "connect",
  family: IpAddressFamily,
  address: IpSocketAddress,
): void {
  checkFamily(verb, family, address);
  // WIT: "`local-address` is not a unicast address." and the same of `remote-address`.
  if (!isUnicast(address)) throw invalid(verb, "the address is multicast or broadcast");
}

function isIpv4Mapped({ tag, val }: IpSocketAddress): boolean {
  if (tag === "ipv4") return false;
  const [a, b, c, d, e, f] = val.address;
  return a === 0 && b === 0 && c === 0 && d === 0 && e === 0 && f === 0xffff;
}

function isUnicast({ tag, val }: IpSocketAddress): boolean {
  // RFC 4291 §2.7: ff00::/8 is multicast, and IPv6 has no broadcast.
  if (tag === "ipv6") return val.address[0] < 0xff00;
  const [a, b, c, d] = val.address;
  const isMulticast = a >= 224 && a <= 239; // RFC 5771: 224.0.0.0/4
  return !isMulticast && !(a === 255 && b === 255 && c === 255 && d === 255);
}

function invalid(verb: string, reason: string): SocketError {
  return new SocketError("invalid-argument", `Cannot ${verb}: ${reason}`);
}
