import type { DecisionRecord } from "../../policy/decision-log.ts";
import type { LogEntry } from "./log/log-entry.ts";
import type { WorkloadState } from "./state.ts";
import type { Applied } from "./status.ts";

/** Something that happened to a workload; `workload` is `namespace/name`, with `#N` behind it for the Nth of several replicas. */
export type WorkloadEvent =
  | {
      readonly tag: "log";
      readonly workload: string;
      readonly guest: string;
      readonly stream: LogEntry["stream"];
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
  /** A version of the workload was applied; `reason` says why it does not serve, where it does not. */
  | {
      readonly tag: "applied";
      readonly workload: string;
      readonly id: string;
      readonly outcome: Applied["outcome"];
      readonly generation: number;
      readonly reason: string | undefined;
    }
  /** The workload is not known any more. */
  | { readonly tag: "deleted"; readonly workload: string; readonly id: string };
