import type { IoError } from "../io/error.ts";

/** `wasi:http/types.error-code`. A missing property is WIT's `none`. */
export type HttpErrorCode =
  | { readonly tag: PlainCode }
  | { readonly tag: "DNS-error"; readonly val: DnsErrorPayload }
  | { readonly tag: "TLS-alert-received"; readonly val: TlsAlertReceivedPayload }
  | { readonly tag: U64Code; readonly val: bigint | undefined }
  | { readonly tag: U32Code; readonly val: number | undefined }
  | { readonly tag: "HTTP-request-header-size"; readonly val: FieldSizePayload | undefined }
  | { readonly tag: FieldSizeCode; readonly val: FieldSizePayload }
  | { readonly tag: TextCode; readonly val: string | undefined };

/** The codes without a payload. */
export const PLAIN_CODES = [
  "DNS-timeout",
  "destination-not-found",
  "destination-unavailable",
  "destination-IP-prohibited",
  "destination-IP-unroutable",
  "connection-refused",
  "connection-terminated",
  "connection-timeout",
  "connection-read-timeout",
  "connection-write-timeout",
  "connection-limit-reached",
  "TLS-protocol-error",
  "TLS-certificate-error",
  "HTTP-request-denied",
  "HTTP-request-length-required",
  "HTTP-request-method-invalid",
  "HTTP-request-URI-invalid",
  "HTTP-request-URI-too-long",
  "HTTP-response-incomplete",
  "HTTP-response-timeout",
  "HTTP-upgrade-failed",
  "HTTP-protocol-error",
  "loop-detected",
  "configuration-error",
] as const;

export type PlainCode = (typeof PLAIN_CODES)[number];
export type U64Code = "HTTP-request-body-size" | "HTTP-response-body-size";
type U32Code =
  | "HTTP-request-header-section-size"
  | "HTTP-request-trailer-section-size"
  | "HTTP-response-header-section-size"
  | "HTTP-response-trailer-section-size";
type FieldSizeCode =
  | "HTTP-request-trailer-size"
  | "HTTP-response-header-size"
  | "HTTP-response-trailer-size";
type TextCode = "HTTP-response-transfer-coding" | "HTTP-response-content-coding" | "internal-error";

interface DnsErrorPayload {
  readonly rcode?: string | undefined;
  readonly infoCode?: number | undefined;
}

interface TlsAlertReceivedPayload {
  readonly alertId?: number | undefined;
  readonly alertMessage?: string | undefined;
}

export interface FieldSizePayload {
  readonly fieldName?: string | undefined;
  readonly fieldSize?: number | undefined;
}

/** A failure of HTTP, with the code that a guest sees. */
export class HttpError extends Error {
  override readonly name = "HttpError";
  readonly code: HttpErrorCode;

  constructor(code: HttpErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** Why a body broke, in the words of HTTP: what is no `HttpError` is a connection that ended too early. */
export function toHttpError(failure: Error): HttpError {
  return failure instanceof HttpError
    ? failure
    : new HttpError({ tag: "connection-terminated" }, failure.message, { cause: failure });
}

/**
 * `wasi:http/types.http-error-code`. WIT: "Attempts to extract a http-related `error` from the wasi:io `error`
 * provided."
 */
export function httpErrorCode(error: IoError): HttpErrorCode | undefined {
  return error.failure instanceof HttpError ? error.failure.code : undefined;
}
