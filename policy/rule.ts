/**
 * The rules that decide, by the names that logs and `islet policy explain` print.
 * A decision always names exactly one.
 */
export type Rule =
  | "loopback-is-virtual"
  | "unspecified-bind-is-loopback"
  | "component-may-not-listen"
  | "bind-outside-loopback"
  | "leaves-the-workload";
