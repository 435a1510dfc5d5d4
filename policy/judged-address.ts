import { SocketAddress } from "node:net";
import { embeddedIp } from "./embedded-ip.ts";
import { formatIp, type Ip, toIp } from "./ip.ts";

/** An address, and what rules judge it by. */
export interface JudgedAddress {
  /** As the guest gave it. */
  readonly asked: SocketAddress;
  /** The IPv4 address that it stands for; its own where it stands for itself. */
  readonly ip: Ip;
  /** The text of `ip`. */
  readonly canonical: string;
}

export function toJudged(asked: SocketAddress): JudgedAddress {
  const ip = toIp(asked);
  const inside = embeddedIp(ip);
  return inside === undefined
    ? { asked, ip, canonical: asked.address }
    : { asked, ip: inside, canonical: formatIp(inside) };
}

/** An address with a port. */
export function toSocketAddress(ip: Ip, port: number): SocketAddress {
  const family = ip.version === 4 ? "ipv4" : "ipv6";
  return new SocketAddress({ address: formatIp(ip), family, port });
}

/** The address for explanations, with the one that it stands for. */
export function describeJudged({ asked, canonical }: JudgedAddress): string {
  return asked.address === canonical ? canonical : `${asked.address}, which is ${canonical},`;
}
