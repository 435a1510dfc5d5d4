import { SocketAddress } from "node:net";

/** The versions of HAProxy's PROXY protocol: a line of text, and a binary header. */
export type ProxyVersion = "v1" | "v2";

/** What the first bytes of a connection are. */
export type ProxyHeader =
  /** More bytes are needed. */
  | { readonly tag: "incomplete" }
  | { readonly tag: "invalid" }
  /** `length` bytes of header; `source` is who visits, undefined where the proxy speaks for itself. */
  | {
      readonly tag: "header";
      readonly length: number;
      readonly source: SocketAddress | undefined;
    };

/** Bytes of the longest header of version 1, as its specification says in §2.1. */
const V1_MAX = 107;

/** What version 2 begins with (§2.2). */
const V2_SIGNATURE = Buffer.from("\r\n\r\n\0\r\nQUIT\n", "latin1");

const V2_FIXED = 16;

/** The longest header of version 2 that is taken: addresses and some extensions. */
const V2_MAX = 4096;

/** Reads a header of either version. */
export function parseProxyHeader(bytes: Buffer): ProxyHeader {
  const start = Math.min(bytes.length, V2_SIGNATURE.length);
  if (bytes.subarray(0, start).equals(V2_SIGNATURE.subarray(0, start))) return parseV2(bytes);
  return parseV1(bytes);
}

/** A header that tells of a visitor at `source` who came to `destination`. */
export function formatProxyHeader(
  version: ProxyVersion,
  source: SocketAddress,
  destination: SocketAddress,
): Buffer {
  const isKnown = source.family === destination.family && source.port !== 0;
  return version === "v1"
    ? formatV1(source, destination, isKnown)
    : formatV2(source, destination, isKnown);
}

function parseV1(bytes: Buffer): ProxyHeader {
  const prefix = Buffer.from("PROXY ");
  const start = Math.min(bytes.length, prefix.length);
  if (!bytes.subarray(0, start).equals(prefix.subarray(0, start))) return { tag: "invalid" };
  const end = bytes.subarray(0, V1_MAX).indexOf("\r\n");
  if (end === -1) return { tag: bytes.length < V1_MAX ? "incomplete" : "invalid" };
  const [, protocol, address = "", , port = ""] = bytes.toString("latin1", 0, end).split(" ");
  const length = end + 2;
  if (protocol === "UNKNOWN") return { tag: "header", length, source: undefined };
  if (protocol !== "TCP4" && protocol !== "TCP6") return { tag: "invalid" };
  if (!/^\d{1,5}$/.test(port)) return { tag: "invalid" };
  const source = toAddress(address, protocol === "TCP4" ? "ipv4" : "ipv6", Number(port));
  return source === undefined ? { tag: "invalid" } : { tag: "header", length, source };
}

function parseV2(bytes: Buffer): ProxyHeader {
  if (bytes.length < V2_FIXED) return { tag: "incomplete" };
  const command = bytes.readUInt8(12);
  const protocol = bytes.readUInt8(13);
  const length = V2_FIXED + bytes.readUInt16BE(14);
  if (command >> 4 !== 2 || (command & 15) > 1 || length > V2_MAX) return { tag: "invalid" };
  if (bytes.length < length) return { tag: "incomplete" };
  // LOCAL, or a family without an address: the connection speaks for itself.
  if ((command & 15) === 0 || protocol >> 4 === 0 || protocol >> 4 === 3) {
    return { tag: "header", length, source: undefined };
  }
  const source = protocol >> 4 === 1 ? readIpv4(bytes, length) : readIpv6(bytes, length);
  return source === undefined ? { tag: "invalid" } : { tag: "header", length, source };
}

function readIpv4(bytes: Buffer, length: number): SocketAddress | undefined {
  if (length < V2_FIXED + 12) return undefined;
  const address = [...bytes.subarray(16, 20)].join(".");
  return toAddress(address, "ipv4", bytes.readUInt16BE(24));
}

function readIpv6(bytes: Buffer, length: number): SocketAddress | undefined {
  if (length < V2_FIXED + 36) return undefined;
  const groups = Array.from({ length: 8 }, (_, index) => bytes.readUInt16BE(16 + 2 * index));
  const address = groups.map((group) => group.toString(16)).join(":");
  return toAddress(address, "ipv6", bytes.readUInt16BE(48));
}

function formatV1(source: SocketAddress, destination: SocketAddress, isKnown: boolean): Buffer {
  if (!isKnown) return Buffer.from("PROXY UNKNOWN\r\n");
  const protocol = source.family === "ipv4" ? "TCP4" : "TCP6";
  const addresses = `${source.address} ${destination.address} ${source.port} ${destination.port}`;
  return Buffer.from(`PROXY ${protocol} ${addresses}\r\n`);
}

function formatV2(source: SocketAddress, destination: SocketAddress, isKnown: boolean): Buffer {
  if (!isKnown) return Buffer.from([...V2_SIGNATURE, 0x20, 0, 0, 0]);
  const addresses = [...toBytes(source), ...toBytes(destination)];
  const ports = [source.port, destination.port].flatMap((port) => [port >> 8, port & 255]);
  const family = source.family === "ipv4" ? 0x11 : 0x21;
  const length = addresses.length + ports.length;
  return Buffer.from([...V2_SIGNATURE, 0x21, family, 0, length, ...addresses, ...ports]);
}

function toBytes({ address, family }: SocketAddress): number[] {
  if (family === "ipv4") return address.split(".").map(Number);
  const [head = "", tail] = address.split("::");
  const left = toGroups(head);
  const right = tail === undefined ? [] : toGroups(tail);
  const zeros = Array.from({ length: 8 - left.length - right.length }, () => 0);
  return [...left, ...zeros, ...right].flatMap((group) => [group >> 8, group & 255]);
}

/** The last two groups may be written as an IPv4 address. */
function toGroups(text: string): number[] {
  if (text === "") return [];
  return text.split(":").flatMap((group) => {
    if (!group.includes(".")) return [Number.parseInt(group, 16)];
    const [a = 0, b = 0, c = 0, d = 0] = group.split(".").map(Number);
    return [a * 256 + b, c * 256 + d];
  });
}

function toAddress(
  address: string,
  family: "ipv4" | "ipv6",
  port: number,
): SocketAddress | undefined {
  try {
    return new SocketAddress({ address, family, port });
  } catch {
    return undefined;
  }
}
