/**
 * Why a socket operation failed, in the words of `wasi:sockets/network@0.2` (`enum error-code`).
 * Both networks speak these codes; `host/wasi` hands them to guests unchanged.
 */
export type SocketErrorCode =
  | "unknown"
  | "access-denied"
  | "not-supported"
  | "invalid-argument"
  | "out-of-memory"
  | "timeout"
  | "concurrency-conflict"
  | "not-in-progress"
  | "would-block"
  | "invalid-state"
  | "new-socket-limit"
  | "address-not-bindable"
  | "address-in-use"
  | "remote-unreachable"
  | "connection-refused"
  | "connection-reset"
  | "connection-aborted"
  | "datagram-too-large"
  | "name-unresolvable"
  | "temporary-resolver-failure"
  | "permanent-resolver-failure";

/** A failed socket operation; `code` is what a guest sees, `message` what a person reads. */
export class SocketError extends Error {
  override readonly name = "SocketError";
  readonly code: SocketErrorCode;

  constructor(code: SocketErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
