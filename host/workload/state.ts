/**
 * Where a workload stands; `reason` is a sentence without a full stop.
 *
 * - `starting`: its thread or its service is not ready, for the first time or again.
 * - `running`: its service is ready; without a service, its components are.
 * - `completed`: its service ended with success and is not to run again, and its components go on;
 *   or somebody stopped it, and nothing of it runs.
 * - `stopping`: it is being stopped, and takes nothing new; only `completed` follows, where it stays known.
 * - `error`: it failed more often than it may. Nothing of it runs; it is started again by request only.
 */
export type WorkloadState =
  | { readonly tag: "starting"; readonly reason: string }
  | { readonly tag: "running"; readonly reason: string }
  | { readonly tag: "completed"; readonly reason: string }
  | { readonly tag: "stopping"; readonly reason: string }
  | { readonly tag: "error"; readonly reason: string };

/** A change of state. */
export interface Transition {
  /** Milliseconds since the epoch. */
  readonly time: number;
  readonly state: WorkloadState;
}

/** Where it stands once somebody has stopped it. */
export const STOPPED: WorkloadState = { tag: "completed", reason: "Stopped by request" };

/** Whether somebody has stopped it, so that nothing of it runs until somebody starts it. */
export function isStopped({ tag, reason }: WorkloadState): boolean {
  return tag === STOPPED.tag && reason === STOPPED.reason;
}

/** Where it stands, as a clause: `the workload is in error: Exited with status 1`. */
export function describeStanding({ tag, reason }: WorkloadState): string {
  return `the workload ${STANDING[tag]}: ${reason}`;
}

/** Of one that takes nothing. */
const STANDING: Readonly<Record<WorkloadState["tag"], string>> = {
  starting: "is starting",
  running: "is between two threads",
  completed: "has completed",
  stopping: "is stopping",
  error: "is in error",
};

/** The worst first. */
const ORDER: readonly WorkloadState["tag"][] = [
  "error",
  "starting",
  "stopping",
  "running",
  "completed",
];

/** Where replicas stand together: where the worst of them does. */
export function worstState(states: readonly WorkloadState[]): WorkloadState {
  const [worst] = states.toSorted((a, b) => ORDER.indexOf(a.tag) - ORDER.indexOf(b.tag));
  if (worst === undefined) return { tag: "completed", reason: "It has no replicas" };
  const count = states.filter(({ tag }) => tag === worst.tag).length;
  if (count === states.length) return worst;
  return { tag: worst.tag, reason: `${count} of ${states.length} replicas: ${worst.reason}` };
}
