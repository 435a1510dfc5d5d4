import type { LogLine } from "../bridge/message-to-main.ts";
import { type Clock, SYSTEM_CLOCK } from "../engine/clock.ts";
import { createCell, type CreateCell } from "./cell.ts";
import type { PreparedWorkload } from "./prepare.ts";
import { RunningWorkload } from "./running-workload.ts";
import type { WorkloadState } from "./state.ts";
import { Supervisor } from "./supervisor.ts";

export interface WorkloadParts {
  readonly prepared: PreparedWorkload;
  /** Told of each change, the first `starting` excepted: that is where a workload begins. */
  readonly onState?: ((state: WorkloadState) => void) | undefined;
  /** What guests print, some lines at a time. */
  readonly onLog?: ((lines: readonly LogLine[]) => void) | undefined;
  /** A port of the workload's own network, `address:port`, that its service opened (`open`) or gave up. */
  readonly onPort?: ((address: string, open: boolean) => void) | undefined;
  /** V8's code cache for a component that came without one, for `Compiler.storeCachedData`. */
  readonly onCachedData?: ((digest: string, data: Uint8Array) => void) | undefined;
  /** For tests: another kind of cell, another clock, another chance. */
  readonly createCell?: CreateCell | undefined;
  readonly clock?: Clock | undefined;
  readonly random?: (() => number) | undefined;
}

/** Starts a workload. It comes back at once, in state `starting`; what follows is told to `onState`. */
export function startWorkload(parts: WorkloadParts): RunningWorkload {
  const { prepared, onState, onLog } = parts;
  const supervisor = new Supervisor({
    start: prepared.start,
    restart: prepared.restart,
    createCell: parts.createCell ?? createCell,
    clock: parts.clock ?? SYSTEM_CLOCK,
    random: parts.random,
    onState: (state) => onState?.(state),
    onLog: (lines) => onLog?.(lines),
    onPort: parts.onPort,
    onCachedData: parts.onCachedData,
  });
  return new RunningWorkload(prepared.start.workload, supervisor, prepared.start.http?.name);
}
