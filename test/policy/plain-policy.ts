import type { GuestKind, Protocol, SocketUse } from "../../policy/policy.ts";
import { isInPlain, type PlainIp, plainIp } from "./plain-ip.ts";

/** A policy and the moment, as the table of the architecture has them. */
export interface PlainPolicy {
  readonly guest: GuestKind;
  readonly counts: boolean;
  /** Ranges and ports; undefined where the manifest has no list. */
  readonly hosts: readonly PlainEntry[] | undefined;
  readonly ports: readonly { readonly protocol: Protocol; readonly port: number }[];
  readonly hostLoopback: boolean;
  readonly denyPrivate: boolean;
  /** Addresses of the machine, and ports that the host listens on. */
  readonly own: readonly string[];
  readonly ownPorts: readonly number[];
}

export interface PlainEntry {
  /** Undefined for `*`. */
  readonly range: string | undefined;
  readonly port: number | undefined;
}

/** The table, row by row, without any of what makes `decide` fast or its answers explained: may this be? */
export function plainAllows(
  policy: PlainPolicy,
  use: SocketUse,
  text: string,
  port: number,
): boolean {
  const ip = plainIp(text);
  const isVirtual = isIn(LOOPBACK, ip) && !isSentinel(ip);
  if (use === "tcp-bind" && policy.guest === "component") return false;
  if (use === "tcp-bind" || use === "udp-bind") return isVirtual || isIn(["0.0.0.0", "::"], ip);
  if (isVirtual) return true;
  if (isSentinel(ip)) {
    const protocol = use === "udp-send" ? "udp" : "tcp";
    const isGranted = policy.ports.some((each) => each.port === port && each.protocol === protocol);
    return policy.hostLoopback && isGranted && !policy.ownPorts.includes(port);
  }
  const all = [ip, ...insidesOf(ip)];
  if (all.some((each) => isIn([...MACHINE, ...policy.own], each))) return false;
  if (policy.counts) return true;
  if (all.some((each) => isIn(CLOSED, each))) return false;
  if (policy.denyPrivate && all.some((each) => isIn(PRIVATE, each))) return false;
  if (policy.hosts === undefined) return true;
  const judged = standsFor(ip);
  return policy.hosts.some(
    (entry) =>
      (entry.port === undefined || entry.port === port) &&
      (entry.range === undefined || isInPlain(entry.range, judged)),
  );
}

/** Whether an address is given out to hosts, and stands for itself. */
export function isOrdinary(text: string): boolean {
  const ip = plainIp(text);
  return insidesOf(ip).length === 0 && isIn(["0.0.0.0/0", "2000::/3", "fc00::/7", ...MACHINE], ip);
}

const LOOPBACK = ["127.0.0.0/8", "::1"];
const MACHINE = ["127.0.0.0/8", "::1", "0.0.0.0/8", "::"];
const PRIVATE = ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "fc00::/7"];
/** Copied from the IANA special-purpose address registries: what is not globally reachable, and not private. */
const CLOSED = [
  ..."0.0.0.0/8 127.0.0.0/8 169.254.0.0/16 192.0.0.0/24 192.0.2.0/24 192.88.99.0/24".split(" "),
  ..."198.18.0.0/15 198.51.100.0/24 203.0.113.0/24 224.0.0.0/4 240.0.0.0/4".split(" "),
  ..."100.100.100.200 168.63.129.16 fd00:ec2::254 fd00:ec2::23 fd20:ce::254".split(" "),
  ..."fd00:42::42 ::/128 ::1/128 64:ff9b:1::/48 100::/64 2001::/23".split(" "),
  ..."2001:db8::/32 3fff::/20 5f00::/16 fe80::/10 fec0::/10 ff00::/8".split(" "),
];

function isIn(ranges: readonly string[], ip: PlainIp): boolean {
  return ranges.some((range) => isInPlain(range, ip));
}

function isSentinel(ip: PlainIp): boolean {
  return isIn(["127.255.255.254", "::ffff:127.255.255.254"], ip);
}

/** The address that rules are written for. */
function standsFor(ip: PlainIp): PlainIp {
  const forms = ["::ffff:0:0/96", "::/96", "::ffff:0:0:0/96", "64:ff9b::/96", "2002::/16"];
  const [inside] = insidesOf(ip);
  return isIn(forms, ip) && inside !== undefined ? inside : ip;
}

/** The IPv4 address that an IPv6 address could be sent on to, where its form has one; Teredo and the like are closed as a whole. */
function insidesOf({ bits, value }: PlainIp): PlainIp[] {
  const ip: PlainIp = { bits, value };
  const at = (shift: number): PlainIp => ({
    bits: 32,
    value: (value >> BigInt(shift)) & 0xffffffffn,
  });
  if (bits === 32 || isIn(["::", "::1"], ip)) return [];
  if (isIn(["::ffff:0:0/96", "::/96", "::ffff:0:0:0/96", "64:ff9b::/96"], ip)) return [at(0)];
  if (isInPlain("2002::/16", ip)) return [at(80)];
  const identifier = (value >> 32n) & 0xfdffffffn;
  return identifier === 0x5efen ? [at(0)] : [];
}
