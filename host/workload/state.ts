/**
 * Where a workload stands; `reason` is a sentence without a full stop.
 *
 * - `starting`: its thread or its service is not ready, for the first time or again.
 * - `running`: its service is ready; without a service, its components are.
 * - `completed`: its service ended with success and is not to run again. Its components go on.
 * - `stopping`: it is being stopped or was stopped; nothing follows.
 * - `error`: it failed more often than it may. Nothing of it runs; nothing follows but `stopping`.
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
