import { SocketAddress } from "node:net";

/**
 * Who visits, in the family of the socket that is visited: a socket has one family and sees peers of that one only.
 * Loopback stays loopback. Another IPv4 address becomes one of the local-use translation prefix `64:ff9b:1::/96`
 * (RFC 8215, RFC 6052 §2.2), an IPv4-mapped address what it stands for. Any other IPv6 address has none of IPv4 and
 * becomes the dummy address `192.0.0.8` (RFC 7600 §6), which no host ever has. The port stays.
 */
export function toVisitorAddress(
  visitor: SocketAddress,
  family: SocketAddress["family"],
): SocketAddress {
  if (visitor.family === family) return visitor;
  const address = family === "ipv4" ? toIpv4(visitor.address) : toIpv6(visitor.address);
  return new SocketAddress({ address, family, port: visitor.port });
}

function toIpv4(address: string): string {
  if (address === "::1") return "127.0.0.1";
  const mapped = /^::ffff:(?<ipv4>\d+\.\d+\.\d+\.\d+)$/i.exec(address);
  return mapped?.groups?.["ipv4"] ?? "192.0.0.8";
}

function toIpv6(address: string): string {
  if (address.startsWith("127.")) return "::1";
  const [a = 0, b = 0, c = 0, d = 0] = address.split(".").map(Number);
  return `64:ff9b:1::${(a * 256 + b).toString(16)}:${(c * 256 + d).toString(16)}`;
}
