import { SocketAddress } from "node:net";
import type { Decision, Denial } from "./decision.ts";
import type { Facts } from "./facts.ts";
import { formatLoopbackGrant } from "./loopback-grant.ts";
import type { Policy, Protocol } from "./policy.ts";

/**
 * Decides about a port of the machine's own loopback. It takes both the host's flag and the workload's grant,
 * and a port that this host itself listens on is never given out. `egress: count` changes nothing here.
 */
export function decideHostLoopback(
  policy: Policy,
  protocol: Protocol,
  port: number,
  facts: Facts,
): Decision {
  const wanted = formatLoopbackGrant({ port, protocol });
  if (facts.isOwnPort(protocol, port)) {
    return deny("host-owned-port", `Port ${wanted} of the machine belongs to this host itself`);
  }
  if (!policy.hostLoopback) {
    return deny(
      "host-loopback-disabled",
      "The host runs without --allow-host-loopback, which keeps the machine's loopback out of reach",
    );
  }
  const grant = policy.loopbackGrants.find(
    (entry) => entry.port === port && entry.protocol === protocol,
  );
  if (grant === undefined) {
    return deny("host-loopback-not-granted", `allowedHostLoopbackPorts does not list ${wanted}`);
  }
  const address = new SocketAddress({ address: "127.0.0.1", family: "ipv4", port });
  return { tag: "allow", rule: "host-loopback", plane: "real", address, grant };
}

function deny(rule: Denial["rule"], reason: string): Denial {
  return { tag: "deny", rule, reason };
}
