import type { WorkloadResource } from "../api/resource/workload.ts";
import type { Style, Terminal } from "./terminal.ts";

/** A state in its colour. */
export function formatState(
  state: WorkloadResource["state"],
  terminal: Pick<Terminal, "styleOut">,
): string {
  return terminal.styleOut(STYLES[state], state);
}

const STYLES: Readonly<Record<WorkloadResource["state"], Style>> = {
  starting: "yellow",
  running: "green",
  completed: "blue",
  stopping: "dim",
  error: "red",
};
