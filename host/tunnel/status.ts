import type { TunnelState } from "./client/state.ts";
import type { TunnelStatistics } from "./client/statistics.ts";

/** One tunnel; a value. Times are milliseconds since the epoch. */
export interface TunnelStatus {
  readonly id: string;
  /** The workload that it belongs to, by its ID. */
  readonly workload: string;
  /** The port inside of the workload's network. */
  readonly port: number;
  /** The server, as its user writes it. */
  readonly server: string;
  readonly state: TunnelState;
  readonly startedAt: number;
  readonly expiresAt: number | undefined;
  /** What a visitor has to show. */
  readonly access: {
    readonly basic: boolean;
    readonly link: boolean;
    readonly from: boolean;
  };
  /** Whether it comes from the manifest of its workload. */
  readonly isDeclared: boolean;
  readonly statistics: TunnelStatistics;
}
