import { isIP, SocketAddress } from "node:net";

/** An IP address as a number, for comparing it with ranges. A value that can be cloned and serialised. */
export interface Ip {
  readonly version: 4 | 6;
  /** 32 bits each, unsigned, the most significant first; an IPv4 address is the last of them, behind three zeros. */
  readonly words: readonly [number, number, number, number];
}

/** The address part of a socket address. */
export function toIp(address: SocketAddress): Ip {
  return address.family === "ipv4" ? parseIpv4(address.address) : parseIpv6(address.address);
}

/** Reads the text of an address, an IPv6 one without brackets; undefined for all else, addresses with a zone included. */
export function parseIp(text: string): Ip | undefined {
  switch (text.includes("%") ? 0 : isIP(text)) {
    case 4:
      return parseIpv4(text);
    case 6:
      return parseIpv6(text);
    default:
      return undefined;
  }
}

/** `2001:db8::1` for `[2001:db8::1]`, as authorities of URLs write it; other text unchanged. */
export function withoutBrackets(text: string): string {
  return /^\[(.*:.*)\]$/.exec(text)?.[1] ?? text;
}

/** An IPv4 address by its number. */
export function ipv4(word: number): Ip {
  return { version: 4, words: [0, 0, 0, word >>> 0] };
}

/** The one text of an address (RFC 5952 for IPv6), without brackets. */
export function formatIp({ version, words }: Ip): string {
  if (version === 4) {
    const [, , , word] = words;
    return `${word >>> 24}.${(word >>> 16) & 0xff}.${(word >>> 8) & 0xff}.${word & 0xff}`;
  }
  const groups = words.flatMap((word) => [word >>> 16, word & 0xffff]);
  const address = groups.map((group) => group.toString(16)).join(":");
  return new SocketAddress({ address, family: "ipv6" }).address;
}

const ZEROS = [0, 0, 0, 0, 0, 0, 0, 0] as const;
const DOT = 0x2e;
const COLON = 0x3a;
const ZERO = 0x30;
const NINE = 0x39;
const LOWER_CASE = 0x20;
const A_LESS_TEN = 0x61 - 10;

// Both trust their text to be an address. They run for every connection, hence no regular expressions.

function parseIpv4(text: string): Ip {
  let word = 0;
  let byte = 0;
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    if (code === DOT) {
      word = (word << 8) | byte;
      byte = 0;
    } else {
      byte = byte * 10 + code - ZERO;
    }
  }
  return ipv4((word << 8) | byte);
}

function parseIpv6(text: string): Ip {
  const groups: number[] = [];
  let gap = -1;
  let start = 0;
  let group = 0;
  for (let index = 0; index <= text.length; index += 1) {
    const code = index < text.length ? text.charCodeAt(index) : COLON;
    if (code === DOT) {
      // The last four bytes may be written as an IPv4 address (RFC 4291 §2.2).
      const [, , , word] = parseIpv4(text.slice(start)).words;
      groups.push(word >>> 16, word & 0xffff);
      break;
    }
    if (code === COLON) {
      if (index > start) groups.push(group);
      else if (index > 0 && index < text.length) gap = groups.length;
      group = 0;
      start = index + 1;
    } else {
      group = group * 16 + digitOf(code);
    }
  }
  if (gap !== -1) groups.splice(gap, 0, ...ZEROS.slice(groups.length));
  const word = (index: number): number =>
    (((groups[index] ?? 0) << 16) | (groups[index + 1] ?? 0)) >>> 0;
  return { version: 6, words: [word(0), word(2), word(4), word(6)] };
}

function digitOf(code: number): number {
  return code <= NINE ? code - ZERO : (code | LOWER_CASE) - A_LESS_TEN;
}
