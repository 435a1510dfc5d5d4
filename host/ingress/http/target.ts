import type { CancelSignal } from "../../network/cancel-signal.ts";
import type { Connection } from "../../network/network.ts";
import type { HttpRequest, HttpResponse } from "../../wasi/http/message.ts";

/** A running workload as the ingress sees it. */
export interface HttpTarget {
  /** `namespace/name`, for answers to people. */
  readonly workload: string;
  /** Whether it takes requests; others of its host are preferred while it does not. */
  readonly isReady: boolean;
  /**
   * Answers one request. The signal aborts when the client has gone; the body of the answer streams on after the promise
   * resolves. Rejects with `TargetError`; any other error is a fault of the host.
   */
  handle(request: HttpRequest, signal: CancelSignal): Promise<HttpResponse>;
  /**
   * Opens a connection of its own to the HTTP server behind the target, for a request that asks for an upgrade.
   * Undefined where there is no server but a component, which speaks no other protocol.
   * Rejects with `TargetError`, or with the signal's reason.
   */
  connect?(signal: CancelSignal): Promise<Connection>;
}

/**
 * Why a workload gave no answer:
 * - `not-running`: it is starting, stopping or in error.
 * - `overloaded`: more calls wait than it admits.
 * - `guest-failed`: the guest trapped, returned an error or returned nothing.
 * - `timeout`: the call took longer than the component's `timeout`.
 * - `died`: the whole workload ended while it held the request.
 */
export type TargetErrorCode = "not-running" | "overloaded" | "guest-failed" | "timeout" | "died";

export class TargetError extends Error {
  override readonly name = "TargetError";
  readonly code: TargetErrorCode;
  /** `namespace/name` of the workload. */
  readonly workload: string;
  /** The guest inside it, where one can be named. */
  readonly guest: string | undefined;

  constructor(
    code: TargetErrorCode,
    message: string,
    origin: { readonly workload: string; readonly guest?: string | undefined },
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.code = code;
    this.workload = origin.workload;
    this.guest = origin.guest;
  }
}
