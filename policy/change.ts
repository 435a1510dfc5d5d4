import { parseAllowedHost } from "./allowed-host.ts";
import { parseAllowedName } from "./allowed-name.ts";
import { parseLoopbackGrant } from "./loopback-grant.ts";
import type { GrantField, Policy } from "./policy.ts";

/** Something that a person can change to get another answer. */
export type Change =
  /** Add an entry to a list of the guest's `localResources`. */
  | { readonly tag: "grant"; readonly field: GrantField; readonly entry: string }
  /** Start the host with a flag, or without it. */
  | { readonly tag: "flag"; readonly flag: HostFlag; readonly isSet: boolean }
  /** Have the guest do something else; a sentence without a full stop. */
  | { readonly tag: "advice"; readonly text: string };

/** The flags of the host that change decisions. */
type HostFlag = "--allow-host-loopback" | "--deny-private-ranges";

/** What the policy is after a change; advice changes nothing of it. */
export function applyChange(policy: Policy, change: Change): Policy {
  switch (change.tag) {
    case "grant":
      return addEntry(policy, change.field, change.entry);
    case "flag":
      return change.flag === "--allow-host-loopback"
        ? { ...policy, hostLoopback: change.isSet }
        : { ...policy, denyPrivate: change.isSet };
    case "advice":
      return policy;
  }
}

function addEntry(policy: Policy, field: GrantField, entry: string): Policy {
  switch (field) {
    case "allowedHosts":
      return { ...policy, allowedHosts: added(policy.allowedHosts ?? [], parseAllowedHost(entry)) };
    case "allowedIpNameLookups":
      return { ...policy, allowedNames: added(policy.allowedNames, parseAllowedName(entry)) };
    case "allowedHostLoopbackPorts":
      return { ...policy, loopbackGrants: added(policy.loopbackGrants, parseLoopbackGrant(entry)) };
  }
}

function added<T>(list: readonly T[], entry: T | undefined): readonly T[] {
  return entry === undefined ? list : [...list, entry];
}
