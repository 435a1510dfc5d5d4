/**
 * Why a forward could not be made.
 *
 * - `conflict`: somebody holds the address.
 * - `privileged`: a port below 1024 that was not permitted, or that the operating system does not give.
 * - `blocked`: a port that the host's settings close.
 * - `unavailable`: the machine has no such address, or the path cannot hold a socket.
 * - `limit`: the workload has as many forwards as it may.
 * - `closed`: the workload or the host is gone.
 */
export type ForwardErrorCode =
  | "conflict"
  | "privileged"
  | "blocked"
  | "unavailable"
  | "limit"
  | "closed";

/** A forward that could not be made; the message names the address and says what to try. */
export class ForwardError extends Error {
  override readonly name = "ForwardError";
  readonly code: ForwardErrorCode;

  constructor(code: ForwardErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
