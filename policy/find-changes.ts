import { type AllowedTarget, formatAllowedHost, type HttpScheme } from "./allowed-host.ts";
import { answer } from "./answer.ts";
import { applyChange, type Change } from "./change.ts";
import { embeddedIp } from "./embedded-ip.ts";
import type { Facts } from "./facts.ts";
import { toHostName } from "./host-name.ts";
import { HOST_NAME } from "./internal-name.ts";
import { parseIp, withoutBrackets } from "./ip.ts";
import { toJudged } from "./judged-address.ts";
import { formatLoopbackGrant } from "./loopback-grant.ts";
import type { Policy } from "./policy.ts";
import type { Question } from "./question.ts";
import type { Rule } from "./rule.ts";

/**
 * The smallest changes that together make `enforce` allow what is asked for, in the order in which the rules ask for them.
 * None where it is allowed already, and where nothing that can be changed would do.
 */
export function findChanges(policy: Policy, question: Question, facts: Facts): readonly Change[] {
  return search({ ...policy, egress: "enforce" }, question, facts) ?? [];
}

/** No question is up to more rules than this, one after the other. */
const STEPS_MAX = 4;

/** Undefined where nothing would do. */
function search(policy: Policy, question: Question, facts: Facts): readonly Change[] | undefined {
  const changes: Change[] = [];
  let changed = policy;
  while (changes.length < STEPS_MAX) {
    const { outcome, rule } = answer(changed, question, facts);
    if (outcome === "allow") return changes;
    const change = changeFor(rule, question, facts);
    if (change === undefined) return undefined;
    changes.push(change);
    if (change.tag === "advice") {
      const instead = rule === "own-address" ? atHostName(question) : undefined;
      if (instead === undefined) return changes;
      const more = search(changed, instead, facts);
      return more && [...changes, ...more];
    }
    changed = applyChange(changed, change);
  }
  return undefined;
}

function changeFor(rule: Rule, question: Question, facts: Facts): Change | undefined {
  switch (rule) {
    case "not-allowed":
      return { tag: "grant", field: "allowedHosts", entry: toHostEntry(question, facts) };
    case "lookup-not-allowed":
      return { tag: "grant", field: "allowedIpNameLookups", entry: toName(question) };
    case "host-loopback-disabled":
      return { tag: "flag", flag: "--allow-host-loopback", isSet: true };
    case "host-loopback-not-granted":
      return { tag: "grant", field: "allowedHostLoopbackPorts", entry: toPortEntry(question) };
    case "private-range":
      return { tag: "flag", flag: "--deny-private-ranges", isSet: false };
    case "own-address":
      return { tag: "advice", text: `Have the guest use ${HOST_NAME}` };
    case "component-may-not-listen":
      return { tag: "advice", text: "Listen in the service of the workload" };
    case "bind-outside-loopback":
      return { tag: "advice", text: "Bind 127.0.0.1 or 0.0.0.0" };
    // Nothing that can be changed.
    case "special-range":
    case "host-owned-port":
    case "invalid-name":
    case "unknown-internal-name":
    // Rules that allow.
    case "loopback-is-virtual":
    case "unspecified-bind-is-loopback":
    case "host-loopback":
    case "no-allow-list":
    case "allowed-host":
    case "allowed-name":
    case "literal-address":
    case "internal-name":
    case "lookup-allowed":
      return undefined;
  }
}

/** The same question about the machine by its name. */
function atHostName(question: Question): Question | undefined {
  if (question.use === "http") {
    return { use: "http", target: { ...question.target, host: HOST_NAME } };
  }
  if (question.use !== "tcp-connect" && question.use !== "udp-send") return undefined;
  return { use: question.use, name: HOST_NAME, port: portOf(question) };
}

/** The entry that grants one host or address, and no more of it than is asked for. */
function toHostEntry(question: Question, facts: Facts): string {
  const port = portOf(question);
  if (question.use === "http") {
    const { scheme, host } = question.target;
    // Left out where it is the scheme's own, as people write it, and as wasmCloud wants it written.
    return formatEntry(host, port === SCHEME_PORT[scheme] ? undefined : port, scheme);
  }
  if ("name" in question) return formatEntry(question.name, port);
  const { canonical } = toJudged(question.address);
  const [name] = facts.namesOf(canonical);
  return formatEntry(name ?? canonical, port);
}

const SCHEME_PORT: Readonly<Record<HttpScheme, number>> = { http: 80, https: 443 };

function formatEntry(host: string, port: number | undefined, scheme?: HttpScheme): string {
  const ip = parseIp(withoutBrackets(host));
  const target: AllowedTarget =
    ip === undefined
      ? { tag: "host", pattern: { tag: "name", name: toHostName(host) ?? host } }
      : { tag: "range", range: { ip: embeddedIp(ip) ?? ip, prefix: 128 } };
  return formatAllowedHost({ target, port, scheme });
}

function toPortEntry(question: Question): string {
  const protocol = question.use === "udp-send" ? "udp" : "tcp";
  return formatLoopbackGrant({ port: portOf(question), protocol });
}

function toName(question: Question): string {
  return "name" in question ? (toHostName(question.name) ?? question.name) : "";
}

/** Zero for a lookup, which no rule about ports judges. */
function portOf(question: Question): number {
  if ("address" in question) return question.address.port;
  if ("target" in question) return question.target.port;
  return "port" in question ? question.port : 0;
}
