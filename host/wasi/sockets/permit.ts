import type { SocketAddress } from "node:net";
import { decide } from "../../../policy/decide.ts";
import { type Decision, outcomeOf, type Permission } from "../../../policy/decision.ts";
import type { SocketUse } from "../../../policy/policy.ts";
import { SocketError } from "../../network/error.ts";
import { toText } from "../../network/socket-address.ts";
import type { GuestEgress } from "../egress/guest-egress.ts";
import type { Guest } from "../guest.ts";

/** A permission, and the network to act on. */
export type Permit =
  | { readonly plane: "virtual"; readonly address: SocketAddress }
  | {
      readonly plane: "real";
      readonly address: SocketAddress;
      readonly network: GuestEgress["network"];
    };

/**
 * Asks policy whether `guest` may put `address` to `use`, to be called right before the act, and returns
 * the plane and the address to act on. Throws `access-denied` with the reason where it may not.
 */
export function permit(guest: Guest, use: SocketUse, address: SocketAddress): Permit {
  const decision = decide(guest.policy, use, address, guest.facts);
  // What stays within the workload is most of what guests do, and nobody's business.
  if (decision.tag === "deny" || decision.plane === "real") report(guest, use, address, decision);
  if (decision.tag === "deny") throw new SocketError("access-denied", decision.reason);
  return decision.plane === "real"
    ? toReal(guest, decision)
    : { plane: "virtual", address: decision.address };
}

function toReal({ egress }: Guest, { address }: Permission): Permit {
  if (egress !== undefined) return { plane: "real", address, network: egress.network };
  // Acting on the virtual network would answer for a machine that was never asked.
  throw new SocketError(
    "access-denied",
    `Cannot reach ${address.address}: no network outside the workload is attached`,
  );
}

function report(guest: Guest, use: SocketUse, address: SocketAddress, decision: Decision): void {
  const reason = decision.tag === "deny" ? decision.reason : decision.counted?.reason;
  const { rule } = decision;
  const outcome = outcomeOf(decision);
  guest.options.onDecision?.({
    use,
    address: toText(address),
    name: undefined,
    rule,
    outcome,
    reason,
  });
}
