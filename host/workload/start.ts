import { DecisionLog, type DecisionRecord } from "../../policy/decision-log.ts";
import type { LogLine } from "../bridge/message-to-main.ts";
import { type Clock, SYSTEM_CLOCK } from "../engine/clock.ts";
import type { HostQuota } from "../network/host-quota.ts";
import { createCell, type CreateCell } from "./cell.ts";
import { HostPorts } from "./host-ports.ts";
import type { PreparedWorkload } from "./prepare.ts";
import { withQuota } from "./quota-cell.ts";
import { RunningWorkload } from "./running-workload.ts";
import type { WorkloadState } from "./state.ts";
import { Supervisor } from "./supervisor.ts";

export interface WorkloadParts {
  readonly prepared: PreparedWorkload;
  /** What its cells need; disposed once it has stopped. */
  readonly held?: Disposable | undefined;
  /** Told of each change, the first `starting` excepted: that is where a workload begins. */
  readonly onState?: ((state: WorkloadState) => void) | undefined;
  /** Its cell has loaded, or has ended. */
  readonly onCell?: (() => void) | undefined;
  /** What guests print, some lines at a time. */
  readonly onLog?: ((lines: readonly LogLine[]) => void) | undefined;
  /** A port of the workload's own network, `address:port`, that its service opened (`open`) or gave up. */
  readonly onPort?: ((address: string, open: boolean) => void) | undefined;
  /**
   * A decision about a guest that was denied something or let out of its workload: the first of its kind,
   * the tenth, the hundredth and so on.
   */
  readonly onDecision?: ((record: DecisionRecord) => void) | undefined;
  /** Where decisions are written down; a log of its own without it. */
  readonly decisions?: DecisionLog | undefined;
  /** The ports that the host itself listens on; none without it. */
  readonly hostPorts?: HostPorts | undefined;
  /** What all workloads of the host may hold together; nothing is counted without it. */
  readonly quota?: HostQuota | undefined;
  /** V8's code cache for a component that came without one, for `Compiler.storeCachedData`. */
  readonly onCachedData?: ((digest: string, data: Uint8Array) => void) | undefined;
  /** For tests: another kind of cell, another clock, another chance. */
  readonly createCell?: CreateCell | undefined;
  readonly clock?: Clock | undefined;
  readonly random?: (() => number) | undefined;
}

/** Starts a replica of a workload. It comes back at once, in state `starting`; what follows is told to `onState`. */
export function startWorkload(parts: WorkloadParts): RunningWorkload {
  const { prepared, onState, onLog } = parts;
  const decisions = parts.decisions ?? new DecisionLog();
  const create = parts.createCell ?? createCell;
  const supervisor = new Supervisor({
    start: prepared.start,
    restart: prepared.restart,
    readiness: prepared.readiness,
    createCell: parts.quota === undefined ? create : withQuota(create, parts.quota, prepared.quota),
    clock: parts.clock ?? SYSTEM_CLOCK,
    random: parts.random,
    onState: (state) => onState?.(state),
    onCell: parts.onCell,
    onLog: (lines) => onLog?.(lines),
    onPort: parts.onPort,
    onCachedData: parts.onCachedData,
    hostPorts: parts.hostPorts ?? new HostPorts(),
    onDecisions: (counted) => {
      for (const { entry, count } of counted) {
        const record = decisions.record(entry, Date.now(), count);
        if (isNotable(record.count - count, record.count)) parts.onDecision?.(record);
      }
    },
  });
  const { workload, http } = prepared.start;
  return new RunningWorkload(workload, supervisor, http?.name, parts.held);
}

/** Whether a power of ten was reached: what is repeated for ever is told of ever less often. */
function isNotable(before: number, now: number): boolean {
  return Math.floor(Math.log10(now)) > Math.floor(Math.log10(before));
}
