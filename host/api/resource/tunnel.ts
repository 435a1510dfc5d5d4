import { toSeedStatus, type SeedStatus, type TunnelState } from "../../tunnel/client/state.ts";
import type { TunnelStatistics } from "../../tunnel/client/statistics.ts";
import { describeState } from "../../tunnel/describe.ts";
import type { TunnelStatus } from "../../tunnel/status.ts";

/** A port of a workload that a tunnel server publishes. Times are RFC 3339. */
export interface TunnelResource {
  readonly id: string;
  /** `namespace/name`. */
  readonly workload: string;
  readonly port: number;
  readonly server: string;
  readonly state: TunnelState["tag"];
  /** The state in wasmrun's words. */
  readonly status: SeedStatus;
  /** The state as a sentence. */
  readonly reason: string;
  readonly hint: string | null;
  readonly publicUrl: string | null;
  readonly publicPort: number | null;
  readonly since: string;
  /** The attempt that runs or comes next; null while none does. */
  readonly attempt: number | null;
  readonly nextAttemptAt: string | null;
  readonly startedAt: string;
  readonly expiresAt: string | null;
  readonly access: TunnelStatus["access"];
  /** Whether it is of the workload's manifest. */
  readonly declared: boolean;
  readonly stats: TunnelStatistics;
}

export function toTunnelResource(tunnel: TunnelStatus): TunnelResource {
  const { id, workload, port, server, state, startedAt, expiresAt, access } = tunnel;
  const isConnected = state.tag === "connected";
  const retry = state.tag === "reconnecting" ? state : undefined;
  const failure = state.tag === "failed" ? state.failure : retry?.failure;
  return {
    id,
    workload,
    port,
    server,
    state: state.tag,
    status: toSeedStatus(state),
    reason: describeState(tunnel),
    hint: failure?.hint ?? null,
    publicUrl: isConnected ? state.publicUrl : null,
    publicPort: isConnected ? state.publicPort : null,
    since: toTime(state.since),
    attempt: retry?.attempt ?? null,
    nextAttemptAt: retry?.nextAttemptAt === undefined ? null : toTime(retry.nextAttemptAt),
    startedAt: toTime(startedAt),
    expiresAt: expiresAt === undefined ? null : toTime(expiresAt),
    access,
    declared: tunnel.isDeclared,
    stats: tunnel.statistics,
  };
}

function toTime(milliseconds: number): string {
  return new Date(milliseconds).toISOString();
}
