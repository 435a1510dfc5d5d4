/**
 * The one place where it is decided what a guest may do with an address.
 *
 * Order of the rules, first match wins:
 *
 * 1. A component may not listen: its instances live as long as one call, so nothing could keep a port for them.
 * 2. Loopback is the workload's own network; binding the unspecified address means that network as well.
 * 3. Binding anything else would open a port of the machine; nobody may.
 * 4. Everything that leaves the workload is denied: nothing grants it.
 */
import { SocketAddress } from "node:net";
import type { Decision } from "./decision.ts";
import type { Policy, SocketUse } from "./policy.ts";
import { isInet6, isLoopback, isUnspecified } from "./range.ts";

/** Decides whether `policy` lets its guest put `address` to `use`. Pure: it neither acts nor remembers. */
export function decide(policy: Policy, use: SocketUse, address: SocketAddress): Decision {
  switch (use) {
    case "tcp-bind":
      return decideBind(policy, address);
    case "tcp-connect":
      return decideConnect(address);
  }
}

function decideBind(policy: Policy, address: SocketAddress): Decision {
  if (policy.guest === "component") {
    return {
      tag: "deny",
      rule: "component-may-not-listen",
      reason: "A component may not bind a TCP port, only the service of its workload may",
    };
  }
  if (isUnspecified(address)) {
    return {
      tag: "allow",
      rule: "unspecified-bind-is-loopback",
      plane: "virtual",
      address: toLoopback(address),
    };
  }
  if (isLoopback(address)) {
    return { tag: "allow", rule: "loopback-is-virtual", plane: "virtual", address };
  }
  return {
    tag: "deny",
    rule: "bind-outside-loopback",
    reason: `A service may bind loopback and unspecified addresses only, not ${address.address}`,
  };
}

function decideConnect(address: SocketAddress): Decision {
  if (isLoopback(address)) {
    return { tag: "allow", rule: "loopback-is-virtual", plane: "virtual", address };
  }
  return {
    tag: "deny",
    rule: "leaves-the-workload",
    reason: `${address.address} is outside the workload and nothing grants it`,
  };
}

function toLoopback(address: SocketAddress): SocketAddress {
  return isInet6(address)
    ? new SocketAddress({ address: "::1", family: "ipv6", port: address.port })
    : new SocketAddress({ address: "127.0.0.1", family: "ipv4", port: address.port });
}
