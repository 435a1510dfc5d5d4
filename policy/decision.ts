import type { SocketAddress } from "node:net";
import type { Rule } from "./rule.ts";

/** Where an allowed operation takes place: on the workload's own network or on the machine's. */
export type Plane = "virtual" | "real";

/** The answer to one question, with the rule that gave it. */
export type Decision =
  | {
      readonly tag: "allow";
      readonly rule: Rule;
      readonly plane: Plane;
      /** The address to act on; it differs from the one asked about where a rule rewrites it. */
      readonly address: SocketAddress;
    }
  | {
      readonly tag: "deny";
      readonly rule: Rule;
      /** A sentence for the person who runs the host, without a full stop. */
      readonly reason: string;
    };
