import type { TunnelHostEvent } from "./tunnel/host-event.ts";
import type { WorkloadEvent } from "./workload/workload-event.ts";

/** Something that happened in a host. */
export type HostEvent =
  | WorkloadEvent
  /** A tunnel connected, lost its connection, failed or ended, or has something to tell. */
  | TunnelHostEvent
  /** Addresses of the machine lead into a workload from now on, or no more. */
  | {
      readonly tag: "forward";
      readonly workload: string;
      readonly id: string;
      readonly addresses: readonly string[];
      readonly open: boolean;
    }
  /** Something that the host could not do and did without. */
  | { readonly tag: "warning"; readonly message: string };
