/** What is known of a name without asking anybody. */
export type InternalName =
  | { readonly tag: "addresses"; readonly addresses: readonly string[] }
  /** In the zone, but nobody has the name; it must not be looked up elsewhere. */
  | { readonly tag: "unknown" }
  /** Not in the zone. */
  | { readonly tag: "outside" };

/**
 * Looks `name` up among the names that every workload has, as wasmCloud gives them out:
 * `service.wasmcloud.internal` and `<n>.svc.wasmcloud.internal` are the workload's service, `localhost` the workload.
 * `name` is in lower case, without a trailing dot.
 */
export function lookUpInternal(name: string): InternalName {
  if (name === "localhost" || name.endsWith(".localhost")) return LOOPBACK; // RFC 6761 §6.3
  if (name !== ZONE && !name.endsWith(`.${ZONE}`)) return { tag: "outside" };
  const isService = name === `service.${ZONE}` || SERVICE.test(name);
  return isService ? LOOPBACK : { tag: "unknown" };
}

const ZONE = "wasmcloud.internal";
const SERVICE = /^[^.]+\.svc\.wasmcloud\.internal$/;

/** IPv4 first: that is what services bind. */
const LOOPBACK: InternalName = { tag: "addresses", addresses: ["127.0.0.1", "::1"] };
