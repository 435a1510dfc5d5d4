import type { CountedDecision, LogLine } from "../bridge/message-to-main.ts";
import type { Clock } from "../engine/clock.ts";
import type { CreateCell } from "./cell.ts";
import type { CellStart } from "./cell-start.ts";
import type { HostPorts } from "./host-ports.ts";
import type { ReadinessRule } from "./readiness.ts";
import type { RestartOptions } from "./restart-schedule.ts";
import type { WorkloadState } from "./state.ts";

export interface SupervisorOptions {
  readonly start: CellStart;
  /** How often and when the service runs again; undefined without a service. */
  readonly restart: RestartOptions | undefined;
  /** What makes the service ready; without it, its first listener. */
  readonly readiness?: ReadinessRule | undefined;
  readonly createCell: CreateCell;
  readonly clock: Clock;
  readonly random?: (() => number) | undefined;
  readonly onState: (state: WorkloadState) => void;
  /** A cell has loaded, or has ended: `cell` is another one now. */
  readonly onCell?: (() => void) | undefined;
  readonly onLog: (lines: readonly LogLine[]) => void;
  /** A port of the workload's own network, `address:port`, that its service opened or gave up. */
  readonly onPort?: ((address: string, open: boolean) => void) | undefined;
  readonly onDecisions?: ((decisions: readonly CountedDecision[]) => void) | undefined;
  /** The ports that cells keep their guests away from. */
  readonly hostPorts: HostPorts;
  readonly onCachedData?: ((digest: string, data: Uint8Array) => void) | undefined;
}
