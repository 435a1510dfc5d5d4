import type { ForwardStatus } from "../../ingress/forward/forward.ts";

/** A port of the machine that leads into a workload. Times are RFC 3339. */
export interface ForwardResource {
  readonly id: string;
  readonly workload: string;
  readonly label: string | null;
  readonly protocol: "tcp" | "udp";
  readonly port: number;
  readonly publish: string;
  readonly addresses: readonly string[];
  readonly createdAt: string;
  readonly expiresAt: string | null;
  readonly listening: boolean;
  readonly stats: ForwardStatsResource;
}

interface ForwardStatsResource {
  readonly open: number;
  readonly total: number;
  readonly parked: number;
  readonly refused: number;
  readonly dropped: number;
  readonly bytesIn: number;
  readonly bytesOut: number;
  readonly lastError: { readonly message: string; readonly time: string } | null;
}

export function toForwardResource(status: ForwardStatus): ForwardResource {
  const { id, workload, label, protocol, port, publish, addresses, listening, stats } = status;
  const { lastError, ...counts } = stats;
  return {
    id,
    workload,
    label: label ?? null,
    protocol,
    port,
    publish,
    addresses,
    createdAt: toTime(status.createdAt),
    expiresAt: status.expiresAt === undefined ? null : toTime(status.expiresAt),
    listening,
    stats: {
      ...counts,
      lastError: lastError === undefined ? null : { ...lastError, time: toTime(lastError.time) },
    },
  };
}

function toTime(milliseconds: number): string {
  return new Date(milliseconds).toISOString();
}
