import type { AllowedHost } from "./allowed-host.ts";
import type { AllowedName } from "./allowed-name.ts";
import type { LoopbackGrant } from "./loopback-grant.ts";

/** The two kinds of guest: a service may listen, a component may not. */
export type GuestKind = "service" | "component";

export type Protocol = "tcp" | "udp";

/** What a guest wants to do with an address. */
export type SocketUse = "tcp-bind" | "tcp-connect" | "udp-bind" | "udp-send";

/** All that a guest asks for: to use an address, to look up a name, to send an HTTP request. */
export type Use = SocketUse | "lookup" | "http";

/** `enforce` denies what nothing grants; `count` lets it out and reports what `enforce` would have denied. */
type EgressMode = "enforce" | "count";

/** The lists of a manifest, by their keys. */
export type GrantField = "allowedHosts" | "allowedIpNameLookups" | "allowedHostLoopbackPorts";

/** What a manifest says about a guest. A value that can be cloned into another thread. */
export interface GuestPolicy {
  readonly guest: GuestKind;
  readonly egress: EgressMode;
  /**
   * Where the guest may connect to outside of its workload.
   * Undefined, where the manifest says nothing, opens all addresses but the special ranges; an empty list opens none.
   */
  readonly allowedHosts: readonly AllowedHost[] | undefined;
  /** Names that the guest may look up; none where the list is empty. */
  readonly allowedNames: readonly AllowedName[];
  /** Ports of the machine's loopback, reachable as `host.wasmcloud.internal`. */
  readonly loopbackGrants: readonly LoopbackGrant[];
  /** Where in the manifest all that is written, `file:line:column`; what is not written has no place. */
  readonly origins: Origins;
}

/** Places in a manifest; `guest` is where the guest itself is declared. */
type Origins = Readonly<Partial<Record<"guest" | "egress" | GrantField, string | undefined>>>;

/** What the person who runs the host says about all guests. A value, too. */
export interface HostPolicy {
  /** Whether the host runs with `--allow-host-loopback`: without it `loopbackGrants` mean nothing. */
  readonly hostLoopback: boolean;
  /** Whether the host closes private ranges (RFC 1918, RFC 4193, RFC 6598) to all guests. */
  readonly denyPrivate: boolean;
}

/** What one guest may do. With the same facts it gives the same decisions for ever. */
export interface Policy extends GuestPolicy, HostPolicy {}

/** The policy of a host that runs without flags. */
export const DEFAULT_HOST_POLICY: HostPolicy = { hostLoopback: false, denyPrivate: false };

/** The policy of a guest whose manifest says nothing, on a host that runs without flags. */
export function defaultPolicy(guest: GuestKind): Policy {
  return {
    guest,
    egress: "enforce",
    allowedHosts: undefined,
    allowedNames: [],
    loopbackGrants: [],
    origins: {},
    ...DEFAULT_HOST_POLICY,
  };
}
