/**
 * Names that the host answers itself, before any list is asked, and that never reach a resolver.
 * Source: wasmCloud's reserved zone `wasmcloud.internal`, and RFC 6761 §6.3 for `localhost`.
 */
export type InternalName =
  /** In the order of preference, IPv4 first: that is what services bind. */
  | { readonly tag: "addresses"; readonly addresses: readonly [string, ...string[]] }
  /** A name in the reserved zone that means nothing; it must not fall through to a resolver. */
  | { readonly tag: "unknown" };

/**
 * Stands for the machine's loopback. It lies in `127.0.0.0/8`, so that a place that forgot to look for it
 * reaches the workload's own network, where nobody can bind it, and not the machine.
 */
export const HOST_SENTINEL = "127.255.255.254";

/** The name that stands for the machine. */
export const HOST_NAME = "host.wasmcloud.internal";

/** What an internal name means; undefined for all other names. `name` is in the form of `toHostName`. */
export function resolveInternalName(name: string): InternalName | undefined {
  if (name === "localhost" || name.endsWith(".localhost")) return WORKLOAD;
  if (name !== ZONE && !name.endsWith(`.${ZONE}`)) return undefined;
  if (name === HOST_NAME) return HOST;
  return name === `service.${ZONE}` || SERVICE.test(name) ? WORKLOAD : UNKNOWN;
}

const ZONE = "wasmcloud.internal";
const SERVICE = /^[^.]+\.svc\.wasmcloud\.internal$/;
const WORKLOAD: InternalName = { tag: "addresses", addresses: ["127.0.0.1", "::1"] };
const HOST: InternalName = { tag: "addresses", addresses: [HOST_SENTINEL] };
const UNKNOWN: InternalName = { tag: "unknown" };
