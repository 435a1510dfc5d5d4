import { BlockList, isIPv6, type SocketAddress } from "node:net";

/** Whether an address is the workload itself: `127.0.0.0/8` (RFC 1122 §3.2.1.3) or `::1` (RFC 4291 §2.5.3). */
export function isLoopback(address: SocketAddress): boolean {
  return LOOPBACK.check(address.address, address.family);
}

/** Whether an address names no host in particular: `0.0.0.0` or `::`, and `::ffff:0.0.0.0` as its mapped form. */
export function isUnspecified(address: SocketAddress): boolean {
  return UNSPECIFIED.check(address.address, address.family);
}

/** Whether an address is written as IPv6. */
export function isInet6(address: SocketAddress): boolean {
  return isIPv6(address.address);
}

// BlockList judges an IPv4-mapped IPv6 address by the IPv4 address inside.
const LOOPBACK = new BlockList();
LOOPBACK.addSubnet("127.0.0.0", 8, "ipv4");
LOOPBACK.addAddress("::1", "ipv6");

const UNSPECIFIED = new BlockList();
UNSPECIFIED.addAddress("0.0.0.0", "ipv4");
UNSPECIFIED.addAddress("::", "ipv6");
