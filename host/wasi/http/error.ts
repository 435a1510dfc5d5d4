/**
 * Why a guest did not answer a request: it trapped (or ended through `wasi:cli/exit`), it returned or gave up
 * without a response, it answered with an error-code, or the request was cancelled or its instance disposed.
 */
export type HttpGuestErrorCode = "guest-trapped" | "no-response" | "guest-error" | "cancelled";

/** A request without a response; `cause` is what the guest's call threw, or the `HttpError` it answered with. */
export class HttpGuestError extends Error {
  override readonly name = "HttpGuestError";
  readonly code: HttpGuestErrorCode;

  constructor(code: HttpGuestErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
