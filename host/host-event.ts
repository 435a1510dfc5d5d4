import type { DecisionRecord } from "../policy/decision-log.ts";
import type { WorkloadState } from "./workload/state.ts";

/** Something that happened in a host; `workload` is `namespace/name`, with `#N` behind it for the Nth of several replicas. */
export type HostEvent =
  | {
      readonly tag: "log";
      readonly workload: string;
      readonly guest: string;
      readonly stream: "stdout" | "stderr";
      readonly line: string;
    }
  | { readonly tag: "state"; readonly workload: string; readonly state: WorkloadState }
  | {
      readonly tag: "port";
      readonly workload: string;
      /** `address:port` on the workload's own network. */
      readonly address: string;
      readonly open: boolean;
    }
  /** Policy denied a guest something, or let it out of its workload: for the first, the tenth, the hundredth time … */
  | { readonly tag: "decision"; readonly workload: string; readonly record: DecisionRecord }
  /** Something that the host could not do and did without. */
  | { readonly tag: "warning"; readonly message: string };
