/**
 * Why a link stopped.
 *
 * - `closed`: one of its ends was closed, or the thread behind it is gone.
 * - `protocol-violation`: the other end sent what it must not send.
 * - `send-failed`: this end was given what cannot be sent to another thread.
 */
export type LinkErrorCode = "closed" | "protocol-violation" | "send-failed";

/** The end of a link between two threads; everything that was under way on it fails with this error. */
export class LinkError extends Error {
  override readonly name = "LinkError";
  readonly code: LinkErrorCode;

  constructor(code: LinkErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/**
 * Why a call over a link got no answer.
 *
 * - `guest-failed`: the guest trapped, ended without a response or gave one that cannot be sent.
 * - `timeout`: the guest took longer than it may.
 * - `overloaded`: more calls are under way than the link or the guest takes.
 * - `cancelled`: the caller gave up first.
 */
export type CallErrorCode = "guest-failed" | "timeout" | "overloaded" | "cancelled";

/** A call that was refused or failed in the cell; `message` is the reason, a sentence without a full stop. */
export class CallError extends Error {
  override readonly name = "CallError";
  readonly code: CallErrorCode;
  /** The guest that failed, by the name that its workload gives it. */
  readonly guest: string;

  constructor(code: CallErrorCode, guest: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
    this.guest = guest;
  }
}
