/**
 * The one place where it is decided what a guest may do with an address.
 *
 * Order of the rules, first match wins:
 *
 * 1. A component may not listen on TCP: its instances live as long as one call, so nothing could keep a port for them.
 *    It may bind UDP, which it needs to send.
 * 2. Binding loopback or the unspecified address means the workload's own network.
 *    Binding anything else would open a port of the machine; nobody may.
 * 3. The sentinel stands for the machine's loopback and is judged before loopback, which it lies in.
 * 4. Loopback is the workload's own network.
 * 5. What leaves the workload (`decide-egress.ts`).
 *
 * Names are decided about before there is an address: `decide-lookup.ts`, `decide-request.ts`.
 */
import { SocketAddress } from "node:net";
import { decideEgress } from "./decide-egress.ts";
import { decideHostLoopback } from "./decide-host-loopback.ts";
import type { Decision } from "./decision.ts";
import type { Facts } from "./facts.ts";
import { HOST_NAME, HOST_SENTINEL } from "./internal-name.ts";
import { toIp } from "./ip.ts";
import { toJudged } from "./judged-address.ts";
import type { Policy, Protocol, SocketUse } from "./policy.ts";
import { isLoopback, isUnspecified } from "./range.ts";
import type { HttpScheme } from "./allowed-host.ts";

/** Decides whether `policy` lets its guest put `address` to `use`. Pure: it neither acts nor remembers. */
export function decide(
  policy: Policy,
  use: SocketUse,
  address: SocketAddress,
  facts: Facts,
): Decision {
  switch (use) {
    case "tcp-bind":
      return policy.guest === "component" ? MAY_NOT_LISTEN : decideBind(address);
    case "udp-bind":
      return decideBind(address);
    case "tcp-connect":
      return decideRemote(policy, "tcp", address, undefined, facts);
    case "udp-send":
      return decideRemote(policy, "udp", address, undefined, facts);
  }
}

/** Decides about sending to an address; `scheme` where it is an HTTP request. */
export function decideRemote(
  policy: Policy,
  protocol: Protocol,
  address: SocketAddress,
  scheme: HttpScheme | undefined,
  facts: Facts,
): Decision {
  // Nearly all connections; decided before anything is computed.
  if (address.address === "127.0.0.1" || address.address === "::1") return toVirtual(address);
  if (isSentinel(address)) return decideHostLoopback(policy, protocol, address.port, facts);
  const judged = toJudged(address);
  // Any spelling of loopback but its own is judged as what leaves the workload, and is this machine there.
  if (judged.canonical === address.address && isLoopback(judged.ip)) return toVirtual(address);
  return decideEgress(policy, protocol, judged, scheme, facts);
}

const MAY_NOT_LISTEN: Decision = {
  tag: "deny",
  rule: "component-may-not-listen",
  reason: "A component may not bind a TCP port, only the service of its workload may",
};

function decideBind(address: SocketAddress): Decision {
  const ip = toIp(address);
  if (isUnspecified(ip)) {
    return {
      tag: "allow",
      rule: "unspecified-bind-is-loopback",
      plane: "virtual",
      address: toLoopback(address),
    };
  }
  if (isSentinel(address)) {
    return denyBind(`${address.address} stands for ${HOST_NAME} and cannot be bound`);
  }
  if (isLoopback(ip)) return toVirtual(address);
  return denyBind(
    `A guest may bind loopback and unspecified addresses only, not ${address.address}`,
  );
}

function denyBind(reason: string): Decision {
  return { tag: "deny", rule: "bind-outside-loopback", reason };
}

function isSentinel({ address }: SocketAddress): boolean {
  return address === HOST_SENTINEL || address === MAPPED_SENTINEL;
}

/** What an IPv6 socket that also speaks IPv4 calls the sentinel. */
const MAPPED_SENTINEL = `::ffff:${HOST_SENTINEL}`;

function toVirtual(address: SocketAddress): Decision {
  return { tag: "allow", rule: "loopback-is-virtual", plane: "virtual", address };
}

function toLoopback({ family, port }: SocketAddress): SocketAddress {
  return new SocketAddress({ address: family === "ipv6" ? "::1" : "127.0.0.1", family, port });
}
