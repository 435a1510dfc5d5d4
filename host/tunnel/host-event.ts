import type { TunnelState } from "./client/state.ts";

/** Something that happened to a tunnel of a workload. */
export interface TunnelHostEvent {
  readonly tag: "tunnel";
  /** `namespace/name`. */
  readonly workload: string;
  /** The tunnel's ID. */
  readonly id: string;
  readonly state: TunnelState["tag"];
  /** While it is connected. */
  readonly publicUrl: string | undefined;
  /** What happened, as a sentence. */
  readonly message: string;
}
