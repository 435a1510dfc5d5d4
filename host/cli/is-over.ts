import { isStopped, type WorkloadState } from "../workload/state.ts";

/**
 * Whether nothing of a workload runs or will run: the components of a completed one still answer, and one that
 * somebody stopped may be started again.
 */
export function isOver(state: WorkloadState, hasComponents: boolean): boolean {
  const { tag } = state;
  return tag === "error" || (tag === "completed" && !hasComponents && !isStopped(state));
}
