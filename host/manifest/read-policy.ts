import schema from "../../manifests/workload.schema.json" with { type: "json" };
import { type AllowedHost, parseAllowedHost } from "../../policy/allowed-host.ts";
import { type AllowedName, parseAllowedName } from "../../policy/allowed-name.ts";
import { HOST_NAME, resolveInternalName } from "../../policy/internal-name.ts";
import { parseLoopbackGrant } from "../../policy/loopback-grant.ts";
import type { GrantField, GuestKind, GuestPolicy } from "../../policy/policy.ts";
import { closedRangeOf, isLoopback } from "../../policy/range.ts";
import type { Context } from "./context.ts";
import type { Field } from "./field.ts";
import type { Report } from "./report.ts";
import { toQuoted } from "./sentence.ts";
import type { Location } from "./workload.ts";

/**
 * Reads what a manifest says about what a guest may reach: its lists, in `resources`, and `egress` of its workload.
 * `guest` is the guest itself.
 */
export function readPolicy(
  kind: GuestKind,
  guest: Field,
  egress: Field,
  { report }: Context,
): GuestPolicy {
  const resources = guest.at("localResources");
  const hosts = resources.at("allowedHosts");
  const names = resources.at("allowedIpNameLookups");
  const ports = resources.at("allowedHostLoopbackPorts");
  return {
    guest: kind,
    egress: egress.text === "count" ? "count" : "enforce",
    allowedHosts: hosts.exists
      ? readEntries(hosts, "allowedHosts", parseAllowedHost, report, describeIdleHost)
      : undefined,
    allowedNames: readEntries(
      names,
      "allowedIpNameLookups",
      parseAllowedName,
      report,
      describeIdleName,
    ),
    loopbackGrants: readEntries(ports, "allowedHostLoopbackPorts", parseLoopbackGrant, report),
    origins: {
      guest: toOrigin(guest.keyLocation),
      egress: originOf(egress),
      allowedHosts: originOf(hosts),
      allowedIpNameLookups: originOf(names),
      allowedHostLoopbackPorts: originOf(ports),
    },
  };
}

/** The entries of a list that have one of its forms. Others are reported, and so are those that `describeIdle` has words for. */
function readEntries<T>(
  list: Field,
  name: GrantField,
  parse: (text: string, origin: string) => T | undefined,
  report: Report,
  describeIdle: (entry: T) => string | undefined = () => undefined,
): readonly T[] {
  return list.items().flatMap((field) => {
    if (field.text === undefined) return [];
    const entry = parse(field.text, toOrigin(field.location));
    if (entry === undefined) {
      // The schema has a simpler idea of the forms and has told of what not even that allows.
      if (!report.hasProblemAt(field.location)) {
        const demand = DEMANDS[name].items.patternErrorMessage;
        const message = `${field.path} ${demand}${toQuoted(field)}`;
        report.problem("bad-value", field.location, message);
      }
      return [];
    }
    const idle = describeIdle(entry);
    if (idle !== undefined) {
      report.notice(field.location, `${field.path} (${field.text}) has no effect: ${idle}`);
    }
    return [entry];
  });
}

const DEMANDS = schema.definitions.LocalResources.properties;

function describeIdleHost({ target }: AllowedHost): string | undefined {
  if (target.tag === "range") {
    if (isLoopback(target.range.ip)) return "it is the workload itself, which needs no grant";
    const closed = closedRangeOf(target.range);
    return closed && `it is ${closed}, which stays closed whatever is granted`;
  }
  return target.pattern.tag === "name" ? describeInternal(target.pattern.name) : undefined;
}

function describeIdleName({ target }: AllowedName): string | undefined {
  if (target.tag === "address") return "an address needs no lookup";
  return target.pattern.tag === "name" ? describeInternal(target.pattern.name) : undefined;
}

function describeInternal(name: string): string | undefined {
  const internal = resolveInternalName(name);
  if (internal === undefined) return undefined;
  if (name === HOST_NAME) return "the machine is reached by allowedHostLoopbackPorts";
  return internal.tag === "unknown"
    ? "nobody has this name"
    : "it is the workload itself, which needs no grant";
}

function originOf(field: Field): string | undefined {
  return field.exists ? toOrigin(field.keyLocation) : undefined;
}

/** The form in which policy knows places. */
function toOrigin({ file, line, column }: Location): string {
  return `${file}:${line}:${column}`;
}
