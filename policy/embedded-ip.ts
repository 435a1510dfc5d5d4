/**
 * IPv6 addresses that stand for IPv4 ones. Rules judge the IPv4 address, so that no spelling of an address is a way around them.
 *
 * | form                                              | prefix          | the IPv4 address is          |
 * |---------------------------------------------------|-----------------|------------------------------|
 * | IPv4-mapped (RFC 4291 §2.5.5.2)                   | `::ffff:0:0/96` | the last 32 bits             |
 * | IPv4-compatible (RFC 4291 §2.5.5.1)               | `::/96`         | the last 32 bits             |
 * | IPv4-translated (RFC 2765 §2.1)                   | `::ffff:0:0:0/96` | the last 32 bits           |
 * | NAT64 (RFC 6052 §2.1)                             | `64:ff9b::/96`  | the last 32 bits             |
 * | 6to4 (RFC 3056 §2)                                | `2002::/16`     | the 32 bits after the prefix |
 *
 * Two more tunnel to an address inside and are no such forms. Teredo (RFC 4380) has two of them and is closed as a whole
 * (`range.ts`), as is NAT64 for local use (RFC 8215), where each network has the IPv4 address in another place.
 * An ISATAP address (RFC 5214 §6.1) may as well be an ordinary one that looks like it, so it is judged twice (`isatapIp`).
 */
import { type Ip, ipv4 } from "./ip.ts";

/** The IPv4 address that `ip` stands for; undefined where it stands for itself. */
export function embeddedIp({ version, words }: Ip): Ip | undefined {
  if (version === 4) return undefined;
  const a = words[0];
  const b = words[1];
  const c = words[2];
  const d = words[3];
  if (a >>> 16 === SIX_TO_FOUR) return ipv4((a << 16) | (b >>> 16));
  if (a === NAT64 && b === 0 && c === 0) return ipv4(d);
  if (a !== 0 || b !== 0) return undefined;
  if (c === MAPPED || c === TRANSLATED) return ipv4(d);
  // `::` and `::1` are the unspecified and the loopback address.
  return c === 0 && d > 1 ? ipv4(d) : undefined;
}

/** How many bits of an address that stands for an IPv4 one come before that. */
export function embeddingOffset({ words: [a] }: Ip): number {
  return a >>> 16 === SIX_TO_FOUR ? 16 : 96;
}

/** The IPv4 address that packets are tunnelled to where `ip` is an ISATAP address; undefined where it is none. */
export function isatapIp({ version, words }: Ip): Ip | undefined {
  const c = words[2];
  // The bit that differs says whether the IPv4 address is unique.
  const isIsatap = version === 6 && (c === 0x00_00_5e_fe || c === 0x02_00_5e_fe);
  return isIsatap ? ipv4(words[3]) : undefined;
}

const MAPPED = 0xff_ff;
const TRANSLATED = 0xff_ff_00_00;
const NAT64 = 0x00_64_ff_9b;
const SIX_TO_FOUR = 0x20_02;
