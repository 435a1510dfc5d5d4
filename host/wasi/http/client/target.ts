import type { HttpScheme } from "../../../../policy/allowed-host.ts";
import type { Plane } from "../../../../policy/decision.ts";

/** Where requests go that may share a connection: a host by name, and the addresses that were checked for it. */
export interface Target {
  readonly scheme: HttpScheme;
  /** The name or address of the URL, an IPv6 address without brackets; what a certificate has to be for. */
  readonly host: string;
  readonly port: number;
  /** The network of the workload or of the machine. */
  readonly plane: Plane;
  /** What policy let through, in the order of preference; nothing else is ever dialled. */
  readonly addresses: readonly [string, ...string[]];
}

/** Two targets with the same key share their connections. */
export function keyOf({ scheme, host, port, plane, addresses }: Target): string {
  return `${plane} ${scheme} ${host} ${port} ${addresses.join(" ")}`;
}

/** `http://host:port`, which is also where undici takes the `host` header from. */
export function originOf({ scheme, host, port }: Target): string {
  return `${scheme}://${host.includes(":") ? `[${host}]` : host}:${port}`;
}
