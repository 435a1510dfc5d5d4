/**
 * The rules that decide, by the names that logs and `islet policy explain` print.
 * A decision always names exactly one.
 */
export type Rule =
  // Inside the workload.
  | "loopback-is-virtual"
  | "unspecified-bind-is-loopback"
  | "component-may-not-listen"
  | "bind-outside-loopback"
  // The machine itself.
  | "host-loopback"
  | "host-loopback-disabled"
  | "host-loopback-not-granted"
  | "host-owned-port"
  | "own-address"
  // Outside.
  | "special-range"
  | "private-range"
  | "no-allow-list"
  | "allowed-host"
  | "allowed-name"
  | "not-allowed"
  // Names.
  | "literal-address"
  | "internal-name"
  | "unknown-internal-name"
  | "invalid-name"
  | "lookup-allowed"
  | "lookup-not-allowed";
