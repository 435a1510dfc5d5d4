/**
 * Why a workload could not be prepared or did not answer.
 *
 * - `unreadable-image`: the file of a component cannot be read.
 * - `invalid-component`: it is no component, needs what the host does not have, or lacks what its place demands.
 * - `not-running`: the workload is starting, stopping, completed or in error.
 * - `no-handler`: nothing in the workload answers HTTP.
 * - `guest-failed`: the guest trapped, gave no response or one that cannot be sent.
 * - `timeout`: the guest took longer than its component may.
 * - `overloaded`: more requests are under way than the workload takes.
 * - `cell-died`: the workload's thread ended while the request was under way.
 */
export type WorkloadErrorCode =
  | "unreadable-image"
  | "invalid-component"
  | "not-running"
  | "no-handler"
  | "guest-failed"
  | "timeout"
  | "overloaded"
  | "cell-died";

/** What went wrong with one workload; `message` is a sentence that names it, without a full stop. */
export class WorkloadError extends Error {
  override readonly name = "WorkloadError";
  readonly code: WorkloadErrorCode;
  /** `namespace/name`. */
  readonly workload: string;
  /** The guest at fault, where there is one. */
  readonly guest: string | undefined;
  /** The cause alone, for messages that name the workload themselves. */
  readonly reason: string;

  constructor(
    code: WorkloadErrorCode,
    place: { readonly workload: string; readonly guest?: string | undefined },
    reason: string,
    options?: ErrorOptions,
  ) {
    const who = place.guest === undefined ? place.workload : `${place.workload} (${place.guest})`;
    super(`${who}: ${reason}`, options);
    this.code = code;
    this.workload = place.workload;
    this.guest = place.guest;
    this.reason = reason;
  }
}
