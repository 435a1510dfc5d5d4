import type { Protocol } from "./policy.ts";

/**
 * What a decision needs to know of the moment; everything else is in the policy. Addresses are in the one spelling that
 * `SocketAddress.address` has, and IPv6 addresses that stand for IPv4 ones are asked about as those.
 */
export interface Facts {
  /** Names that the guest looked up with success, whose answers hold still and include this address; as `decideLookup` gave them. */
  namesOf(address: string): readonly string[];
  /** Whether the address belongs to an interface of this machine. */
  isOwnAddress(address: string): boolean;
  /** Whether this host itself listens on the port of the machine: ingress, API, forwards. */
  isOwnPort(protocol: Protocol, port: number): boolean;
}

/** The facts of a machine of which nothing is known, for questions that no network stands behind. */
export const NO_FACTS: Facts = {
  namesOf: () => [],
  isOwnAddress: () => false,
  isOwnPort: () => false,
};
