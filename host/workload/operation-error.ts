/**
 * Why something could not be done with a workload.
 *
 * - `not-found`: no workload is called that, or it was deleted meanwhile.
 * - `ambiguous`: workloads of several namespaces are called that.
 * - `conflict`: it cannot be done in the workload's present state.
 * - `closed`: the host is stopping.
 */
export type OperationErrorCode = "not-found" | "ambiguous" | "conflict" | "closed";

/** Something that cannot be done with a workload; the message is for its user. */
export class OperationError extends Error {
  override readonly name = "OperationError";
  readonly code: OperationErrorCode;

  constructor(code: OperationErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}
