import { embeddedIp, embeddingOffset } from "./embedded-ip.ts";
import { formatIp, type Ip, parseIp } from "./ip.ts";

/** All addresses that begin with the same bits. A value that can be cloned and serialised. */
export interface IpRange {
  /** An address of the range; bits past the prefix do not count. */
  readonly ip: Ip;
  /** How many bits of the four words count: 0 to 128, and 96 more than is written for IPv4. */
  readonly prefix: number;
}

/**
 * Reads an address or a range: `192.0.2.1`, `10.0.0.0/8`, `2001:db8::1`, `fd00::/8`; undefined for all else.
 * A range of IPv6 addresses that stand for IPv4 ones is the range of those: `::ffff:10.0.0.0/104` is `10.0.0.0/8`.
 */
export function parseIpRange(text: string): IpRange | undefined {
  const [address = "", length, more] = text.split("/");
  const ip = parseIp(address);
  if (ip === undefined || more !== undefined) return undefined;
  const bits = ip.version === 4 ? 32 : 128;
  const written = length === undefined ? bits : toLength(length);
  if (written === undefined || written > bits) return undefined;
  return toEmbedded({ ip, prefix: 128 - bits + written });
}

/** The one text of a range; a range of one address is written as that. */
export function formatIpRange({ ip, prefix }: IpRange): string {
  if (prefix === 128) return formatIp(ip);
  const [a, b, c, d] = ip.words;
  const words = [
    cut(a, prefix),
    cut(b, prefix - 32),
    cut(c, prefix - 64),
    cut(d, prefix - 96),
  ] as const;
  const written = ip.version === 4 ? prefix - 96 : prefix;
  return `${formatIp({ version: ip.version, words })}/${written}`;
}

/** Whether an address is in a range; an address of one version is never in a range of the other. */
export function contains({ ip, prefix }: IpRange, address: Ip): boolean {
  const left = ip.words;
  const right = address.words;
  // By index and from the end: this runs a few dozen times for each connection, and most ranges are of IPv4.
  return (
    ip.version === address.version &&
    isSame(left[3], right[3], prefix - 96) &&
    isSame(left[0], right[0], prefix) &&
    isSame(left[1], right[1], prefix - 32) &&
    isSame(left[2], right[2], prefix - 64)
  );
}

/** Whether every address of `inner` is in `outer`. */
export function covers(outer: IpRange, inner: IpRange): boolean {
  return inner.prefix >= outer.prefix && contains(outer, inner.ip);
}

/** The first `bits` bits of a word, and zeros. */
function cut(word: number, bits: number): number {
  if (bits <= 0) return 0;
  return bits >= 32 ? word : (word & (-1 << (32 - bits))) >>> 0;
}

/** The IPv4 range that `range` stands for; itself where it stands for itself, or for more than a range of IPv4. */
function toEmbedded(range: IpRange): IpRange {
  const { ip, prefix } = range;
  const inside = embeddedIp(ip);
  const offset = embeddingOffset(ip);
  if (inside === undefined || prefix < offset) return range;
  return { ip: inside, prefix: 96 + Math.min(prefix - offset, 32) };
}

/** Compares the first `bits` bits of two words, all of them or none where there are more or fewer. */
function isSame(left: number, right: number, bits: number): boolean {
  if (bits <= 0) return true;
  return bits >= 32 ? left === right : (left ^ right) >>> (32 - bits) === 0;
}

function toLength(text: string): number | undefined {
  return /^(?:0|[1-9]\d{0,2})$/.test(text) ? Number(text) : undefined;
}
