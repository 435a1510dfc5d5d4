import { SocketAddress } from "node:net";
import type {
  IpAddress,
  IpSocketAddress,
  Ipv4Address,
  Ipv6Address,
} from "@bytecodealliance/preview2-shim/interfaces/wasi-sockets-network";

/**
 * A guest's `ip-socket-address` as the address type of the host.
 * `flow-info` and `scope-id` are dropped: they tell apart flows and links, and no network here has either.
 */
export function toSocketAddress(address: IpSocketAddress): SocketAddress {
  const port = address.val.port;
  return address.tag === "ipv4"
    ? new SocketAddress({ address: formatIpv4(address.val.address), family: "ipv4", port })
    : new SocketAddress({ address: formatIpv6(address.val.address), family: "ipv6", port });
}

/** An address of the host as the guest's `ip-socket-address`. */
export function fromSocketAddress(address: SocketAddress): IpSocketAddress {
  const port = address.port;
  return address.family === "ipv4"
    ? { tag: "ipv4", val: { port, address: parseIpv4(address.address) } }
    : {
        tag: "ipv6",
        val: { port, flowInfo: 0, address: parseIpv6(address.address), scopeId: 0 },
      };
}

/** An IP address as `node:net` writes it, `family` being what `isIP` says of it, as the guest's `ip-address`. */
export function fromIpText(text: string, family: 4 | 6): IpAddress {
  return family === 4
    ? { tag: "ipv4", val: parseIpv4(text) }
    : { tag: "ipv6", val: parseIpv6(text) };
}

function formatIpv4([a, b, c, d]: Ipv4Address): string {
  // Nearly every address that a guest names is this one, and a constant saves the work of joining.
  if (a === 127 && b === 0 && c === 0 && d === 1) return "127.0.0.1";
  return `${a}.${b}.${c}.${d}`;
}

function formatIpv6(groups: Ipv6Address): string {
  return groups.map((group) => group.toString(16)).join(":");
}

function parseIpv4(text: string): Ipv4Address {
  if (text === "127.0.0.1") return [127, 0, 0, 1];
  const [a = 0, b = 0, c = 0, d = 0] = text.split(".").map(Number);
  return [a, b, c, d];
}

function parseIpv6(text: string): Ipv6Address {
  if (text === "::1") return [0, 0, 0, 0, 0, 0, 0, 1];
  const [head = "", tail] = text.split("::");
  const left = parseGroups(head);
  const right = tail === undefined ? [] : parseGroups(tail);
  const zeros = Array.from({ length: Math.max(0, 8 - left.length - right.length) }, () => 0);
  const [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0, h = 0] = [...left, ...zeros, ...right];
  return [a, b, c, d, e, f, g, h];
}

function parseGroups(text: string): number[] {
  if (text === "") return [];
  return text.split(":").flatMap((group) => {
    if (!group.includes(".")) return [Number.parseInt(group, 16)];
    // The last four bytes may be written as an IPv4 address (RFC 4291 §2.2).
    const [a, b, c, d] = parseIpv4(group);
    return [(a << 8) | b, (c << 8) | d];
  });
}
