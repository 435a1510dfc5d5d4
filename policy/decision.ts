import type { SocketAddress } from "node:net";
import type { Rule } from "./rule.ts";

/** Where an allowed operation takes place: on the workload's own network or on the machine's. */
export type Plane = "virtual" | "real";

/** A refusal, with the rule that caused it. */
export interface Denial {
  readonly tag: "deny";
  readonly rule: Rule;
  /** A sentence for the person who runs the host, without a full stop. */
  readonly reason: string;
}

/** A permission to use an address, with the rule that gave it. */
export interface Permission {
  readonly tag: "allow";
  readonly rule: Rule;
  readonly plane: Plane;
  /** The address to act on; it differs from the one asked about where a rule rewrites it. */
  readonly address: SocketAddress;
  /** The entry of the manifest that granted it, where one did. */
  readonly grant?: Grant | undefined;
  /** What `enforce` would have answered, where `egress: count` let it through. */
  readonly counted?: Denial | undefined;
}

/** The answer to the question whether an address may be used. */
export type Decision = Permission | Denial;

/** How a question ended: `counted` was let through, and `enforce` would have denied it. */
export type Outcome = "allow" | "deny" | "counted";

/** An entry of a list in a manifest. */
export interface Grant {
  /** The entry as it was written. */
  readonly text: string;
  /** Where it was written, `file:line:column`; undefined for policies that no manifest made. */
  readonly origin: string | undefined;
}

/** How a decision of any kind ended. */
export function outcomeOf(decision: {
  readonly tag: string;
  readonly counted?: Denial | undefined;
}): Outcome {
  if (decision.tag === "deny") return "deny";
  return decision.counted === undefined ? "allow" : "counted";
}
