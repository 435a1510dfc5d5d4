import { type Arbitrary, constantFrom, integer, ipV6, oneof, tuple } from "fast-check";

/** Texts of IPv4 addresses. */
export const ipv4Texts: Arbitrary<string> = oneof(
  integer({ min: 0, max: 0xffffffff }),
  // The ends of ranges, where mistakes are.
  constantFrom(
    0,
    0x01000000,
    0x09ffffff,
    0x0a000000,
    0x0affffff,
    0x0b000000,
    0x7effffff,
    0x7f000001,
    0x7ffffffe,
    0x80000000,
    0xa9fdffff,
    0xa9fe0000,
    0xa9fea9fe,
    0xa9ff0000,
    0xac0fffff,
    0xac100000,
    0xac1fffff,
    0xac200000,
    0xc0000000,
    0xc0a80001,
    0xc6120000,
    0xc6140000,
    0xdfffffff,
    0xe0000000,
    0xefffffff,
    0xf0000000,
    0xfffffffe,
    0xffffffff,
  ),
).map(toDotted);

/** Texts of IPv6 addresses in all spellings, with many of those that stand for IPv4 ones. */
export const ipv6Texts: Arbitrary<string> = oneof(
  ipV6(),
  tuple(
    constantFrom("2001", "2002", "fe80", "fc00", "fd00", "ff02", "2001:db8", "64:ff9b", "0"),
    integer({ min: 0, max: 0xffffffff }),
  ).map(([start, end]) => `${start}::${(end >>> 16).toString(16)}:${(end & 0xffff).toString(16)}`),
  ipv4Texts.chain((text) => constantFrom(...embeddingsOf(text))),
);

/** Every IPv6 address of a known form that stands for an IPv4 address, or tunnels to it. */
export function embeddingsOf(ipv4: string): string[] {
  const [a = 0, b = 0, c = 0, d = 0] = ipv4.split(".").map(Number);
  const high = ((a << 8) | b).toString(16);
  const low = ((c << 8) | d).toString(16);
  const flippedHigh = (((a << 8) | b) ^ 0xffff).toString(16);
  const flippedLow = (((c << 8) | d) ^ 0xffff).toString(16);
  return [
    `::ffff:${ipv4}`,
    `0:0:0:0:0:FFFF:${high}:${low}`,
    `::${ipv4}`,
    `::ffff:0:${ipv4}`,
    `64:ff9b::${ipv4}`,
    `64:ff9b:1::${ipv4}`,
    // RFC 6052 §2.2: behind a prefix of 48 bits the address goes around bits 64 to 71.
    `64:ff9b:1:${high}:${c.toString(16)}:${(d << 8).toString(16)}::`,
    `2002:${high}:${low}::`,
    `2002:${high}:${low}:1::5`,
    `2001:0:${high}:${low}::1`,
    `2001:0:4136:e378:8000:63bf:${flippedHigh}:${flippedLow}`,
    `2600:1::5efe:${ipv4}`,
    `2600:1::200:5efe:${ipv4}`,
    `fe80::5efe:${ipv4}`,
  ];
}

function toDotted(word: number): string {
  return [24, 16, 8, 0].map((bits) => (word >>> bits) & 0xff).join(".");
}
