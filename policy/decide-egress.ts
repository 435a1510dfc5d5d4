/**
 * What leaves the workload, for an address that is neither its own loopback nor the sentinel.
 *
 * 1. The machine itself is reached by name only (`host.wasmcloud.internal`), not by an address of its own.
 * 2. Special ranges are closed, `*` or not.
 * 3. Private ranges are closed where the host says so.
 * 4. Without `allowedHosts` all else is open. With it, an entry must grant the address, or the guest must have looked up
 *    a name that resolved to the address: a name that `allowedHosts` names, on the ports that it names there,
 *    else one that `allowedIpNameLookups` names other than by `*`.
 *
 * 1 to 3 judge addresses and hold for what a name resolved to as well; 4 judges permission.
 * `egress: count` lets out what 2 to 4 deny, with the denial beside it; it never opens the machine itself.
 */
import {
  type AllowedHost,
  grantsAddress,
  grantsHost,
  type HttpScheme,
  namesHost,
  type Wanted,
} from "./allowed-host.ts";
import { grantsAnswers } from "./allowed-name.ts";
import type { Decision, Denial, Grant, Permission } from "./decision.ts";
import { isatapIp } from "./embedded-ip.ts";
import type { Facts } from "./facts.ts";
import { HOST_NAME } from "./internal-name.ts";
import { formatIp, type Ip } from "./ip.ts";
import { describeJudged, type JudgedAddress } from "./judged-address.ts";
import type { Policy, Protocol } from "./policy.ts";
import { isLoopback, isPrivate, isThisNetwork, specialRangeOf } from "./range.ts";

export function decideEgress(
  policy: Policy,
  protocol: Protocol,
  judged: JudgedAddress,
  scheme: HttpScheme | undefined,
  facts: Facts,
): Decision {
  const closed = denyClosed(policy, judged, facts);
  if (closed !== undefined) return gate(policy, judged, closed);
  const { asked, canonical, ip } = judged;
  const { allowedHosts } = policy;
  if (allowedHosts === undefined) {
    return { tag: "allow", rule: "no-allow-list", plane: "real", address: asked };
  }
  const wanted: Wanted = { port: asked.port, scheme };
  const direct = allowedHosts.find((entry) => grantsAddress(entry, ip, wanted));
  if (direct !== undefined) {
    return { tag: "allow", rule: "allowed-host", plane: "real", address: asked, grant: direct };
  }
  for (const name of facts.namesOf(canonical)) {
    const grant = grantByName(policy, allowedHosts, name, asked.port);
    if (grant !== undefined) {
      return { tag: "allow", rule: "allowed-name", plane: "real", address: asked, grant };
    }
  }
  return gate(policy, judged, notAllowed(judged, protocol, scheme));
}

/** Rules 1 to 3: why an address is closed, whatever is granted; undefined where it is not. */
export function denyClosed(
  policy: Policy,
  judged: JudgedAddress,
  facts: Facts,
): Denial | undefined {
  const inside = isatapIp(judged.ip);
  const isOwn =
    isMachine(judged.ip, judged.canonical, facts) ||
    // The machine may have an address of its own in a form that is judged by what is inside.
    (judged.asked.address !== judged.canonical && facts.isOwnAddress(judged.asked.address)) ||
    (inside !== undefined && isMachine(inside, formatIp(inside), facts));
  if (isOwn) {
    const reason = `${describeJudged(judged)} is this machine, which is reached as ${HOST_NAME} only`;
    return { tag: "deny", rule: "own-address", reason };
  }
  const special = specialRangeOf(judged.ip);
  if (special !== undefined) {
    const reason = `${describeJudged(judged)} is ${special}, which stays closed whatever is granted`;
    return { tag: "deny", rule: "special-range", reason };
  }
  if (policy.denyPrivate && (isPrivate(judged.ip) || (inside !== undefined && isPrivate(inside)))) {
    const reason = `${describeJudged(judged)} is private, and the host closes private ranges`;
    return { tag: "deny", rule: "private-range", reason };
  }
  return undefined;
}

/** The denial where it holds; a permission with the denial beside it where it is only counted. */
export function gate(policy: Policy, { asked }: JudgedAddress, denial: Denial): Decision {
  if (policy.egress === "enforce" || denial.rule === "own-address") return denial;
  return countDenial(denial, asked);
}

/** What lets a guest connect to the answers of a name that it looked up; undefined where nothing does. */
export function grantByName(
  policy: Policy,
  allowedHosts: readonly AllowedHost[],
  name: string,
  port: number,
): Grant | undefined {
  const wanted: Wanted = { port, scheme: undefined };
  // Whoever writes a port for a name does not mean the others. Entries with a scheme are not about sockets.
  const isNamed = allowedHosts.some(
    (entry) => entry.scheme === undefined && namesHost(entry, name),
  );
  if (isNamed) return allowedHosts.find((entry) => grantsHost(entry, name, wanted));
  return policy.allowedNames.find((entry) => grantsAnswers(entry, name));
}

function countDenial(counted: Denial, address: Permission["address"]): Permission {
  return { tag: "allow", rule: counted.rule, plane: "real", address, counted };
}

function isMachine(ip: Ip, text: string, facts: Facts): boolean {
  return isLoopback(ip) || isThisNetwork(ip) || facts.isOwnAddress(text);
}

function notAllowed(
  { asked }: JudgedAddress,
  protocol: Protocol,
  scheme: HttpScheme | undefined,
): Denial {
  const reason = `No entry of allowedHosts grants ${scheme ?? protocol} to ${asked.address} port ${asked.port}`;
  return { tag: "deny", rule: "not-allowed", reason };
}
