import { SocketError, type SocketErrorCode } from "../network/error.ts";

/**
 * The error case of a WIT `result`, thrown by a host function.
 * jco lowers an error only where `payload` is an own property; every other `Error` traps the guest.
 */
export class GuestError<T = unknown> extends Error {
  override readonly name = "GuestError";
  /** The WIT value: an enum case as a string, a variant as `{ tag, val }`. */
  readonly payload: T;

  constructor(payload: T, options?: ErrorOptions) {
    super("The guest is answered with an error", options);
    this.payload = payload;
  }
}

/**
 * What a function of `wasi:sockets` throws for `error`: a `SocketError` becomes the guest's error-code,
 * anything else is a bug and stays what it is, which traps the guest.
 */
export function toSocketGuestError(error: unknown): unknown {
  return error instanceof SocketError
    ? new GuestError<SocketErrorCode>(error.code, { cause: error })
    : error;
}
