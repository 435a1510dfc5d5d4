import { isatapIp } from "./embedded-ip.ts";
import type { Ip } from "./ip.ts";
import { contains, covers, type IpRange, parseIpRange } from "./ip-range.ts";

/** Whether an address is the workload itself: `127.0.0.0/8` (RFC 1122 §3.2.1.3) or `::1` (RFC 4291 §2.5.3). */
export function isLoopback(ip: Ip): boolean {
  return isIn(LOOPBACK, ip);
}

/** Whether an address names no host in particular: `0.0.0.0` or `::`. */
export function isUnspecified({ words }: Ip): boolean {
  return words.every((word) => word === 0);
}

/** Whether an address reaches this very machine without being one of its own: `0.0.0.0/8` (RFC 1122 §3.2.1.3) and `::`. */
export function isThisNetwork(ip: Ip): boolean {
  return isIn(THIS_NETWORK, ip);
}

/** Whether an address is for local networks: RFC 1918, RFC 6598 (shared), RFC 4193 (unique local). */
export function isPrivate(ip: Ip): boolean {
  return isIn(PRIVATE, ip);
}

/**
 * What the special range is called that an address lies in, undefined for ordinary addresses.
 * None of them is a host that a workload has business with, and some give out secrets of the machine (the metadata
 * services), so they are closed whatever is granted. Of IPv6 all is special that is not given out as unicast.
 * Source: the IANA special-purpose address registries, and the clouds' documentation for the metadata addresses.
 */
export function specialRangeOf(ip: Ip): string | undefined {
  const inside = isatapIp(ip);
  return nameOf(ip) ?? (inside && nameOf(inside));
}

/** What the special range is called that all addresses of `range` lie in; undefined where some of them are ordinary. */
export function closedRangeOf(range: IpRange): string | undefined {
  return SPECIAL.find(({ ranges }) => ranges.some((special) => covers(special, range)))?.name;
}

function nameOf(ip: Ip): string | undefined {
  const ranges = ip.version === 4 ? SPECIAL_IPV4 : SPECIAL_IPV6;
  const known = ranges.find(({ range }) => contains(range, ip));
  if (known !== undefined) return known.name;
  return ip.version === 4 || isIn(UNICAST, ip) ? undefined : "reserved (RFC 4291)";
}

function isIn(ranges: readonly IpRange[], ip: Ip): boolean {
  return ranges.some((range) => contains(range, ip));
}

function rangesOf(...texts: readonly string[]): readonly IpRange[] {
  return texts.map((text) => {
    const range = parseIpRange(text);
    if (range === undefined) throw new TypeError(`${text} is no range`);
    return range;
  });
}

const LOOPBACK = rangesOf("127.0.0.0/8", "::1");
const THIS_NETWORK = rangesOf("0.0.0.0/8", "::");
const PRIVATE = rangesOf(
  "10.0.0.0/8",
  "172.16.0.0/12",
  "192.168.0.0/16",
  "100.64.0.0/10",
  "fc00::/7",
);
const UNICAST = rangesOf("2000::/3", "fc00::/7");

const SPECIAL: readonly { readonly name: string; readonly ranges: readonly IpRange[] }[] = [
  {
    // First: some lie in link-local and private ranges.
    name: "a cloud's metadata service",
    ranges: rangesOf(
      "169.254.169.254", // AWS, Azure, Google, Oracle, OpenStack, DigitalOcean …
      "169.254.170.2", // AWS, credentials of a task
      "169.254.170.23", // AWS, credentials of a pod
      "100.100.100.200", // Alibaba
      "168.63.129.16", // Azure, the machine's agent
      "192.0.0.192", // Oracle
      "fd00:ec2::254", // AWS
      "fd00:ec2::23", // AWS, credentials of a pod
      "fd20:ce::254", // Google
      "fd00:42::42", // Scaleway
      "fe80::a9fe:a9fe", // OpenStack
    ),
  },
  { name: "link-local (RFC 3927, RFC 4291)", ranges: rangesOf("169.254.0.0/16", "fe80::/10") },
  { name: "loopback (RFC 1122, RFC 4291)", ranges: LOOPBACK },
  { name: "this network (RFC 1122, RFC 4291)", ranges: THIS_NETWORK },
  { name: "multicast (RFC 5771, RFC 4291)", ranges: rangesOf("224.0.0.0/4", "ff00::/8") },
  { name: "the broadcast address (RFC 919)", ranges: rangesOf("255.255.255.255") },
  { name: "reserved (RFC 1112)", ranges: rangesOf("240.0.0.0/4") },
  { name: "Teredo (RFC 4380)", ranges: rangesOf("2001::/32") },
  { name: "for protocols (RFC 6890)", ranges: rangesOf("192.0.0.0/24", "2001::/23") },
  {
    name: "for documentation (RFC 5737, RFC 3849, RFC 9637)",
    ranges: rangesOf(
      "192.0.2.0/24",
      "198.51.100.0/24",
      "203.0.113.0/24",
      "2001:db8::/32",
      "3fff::/20",
    ),
  },
  { name: "for benchmarks (RFC 2544)", ranges: rangesOf("198.18.0.0/15") },
  { name: "6to4 relays (RFC 7526)", ranges: rangesOf("192.88.99.0/24") },
  { name: "NAT64 for local use (RFC 8215)", ranges: rangesOf("64:ff9b:1::/48") },
  { name: "site-local (RFC 3879)", ranges: rangesOf("fec0::/10") },
  { name: "discard-only (RFC 6666)", ranges: rangesOf("100::/64") },
  { name: "segment routing (RFC 9602)", ranges: rangesOf("5f00::/16") },
];

interface SpecialRange {
  readonly name: string;
  readonly range: IpRange;
}

const SPECIAL_IPV4 = specialRanges(4);
const SPECIAL_IPV6 = specialRanges(6);

function specialRanges(version: Ip["version"]): readonly SpecialRange[] {
  const all = SPECIAL.flatMap(({ name, ranges }) => ranges.map((range) => ({ name, range })));
  return all.filter(({ range }) => range.ip.version === version);
}
