import type { SocketAddress } from "node:net";
import { decide } from "../../../policy/decide.ts";
import type { SocketUse } from "../../../policy/policy.ts";
import { SocketError } from "../../network/error.ts";
import type { Guest } from "../guest.ts";

/**
 * Asks policy whether `guest` may put `address` to `use`, to be called right before the act,
 * and returns the address to act on. Throws `access-denied` with the reason where it may not.
 */
export function permit(guest: Guest, use: SocketUse, address: SocketAddress): SocketAddress {
  const decision = decide(guest.policy, use, address);
  guest.options.onDecision?.(use, address, decision);
  if (decision.tag === "deny") throw new SocketError("access-denied", decision.reason);
  if (decision.plane === "real") {
    // The guest's network is virtual; acting on it would answer for a machine that was never asked.
    throw new SocketError(
      "access-denied",
      `Cannot reach ${address.address}: no network outside the workload is attached`,
    );
  }
  return decision.address;
}
