import { SocketError, type SocketErrorCode } from "../../../network/error.ts";
import { HttpError, type HttpErrorCode } from "../error-code.ts";

/** What undici, node:net, node:tls or a network says, in the words of `wasi:http`. `received`: a response had begun. */
export function toClientError(error: unknown, received: boolean): HttpError {
  if (error instanceof HttpError) return error;
  const [first] = error instanceof AggregateError ? error.errors : [];
  // Several addresses were tried; the first is the preferred one.
  if (first !== undefined) return toClientError(first, received);
  const message = error instanceof Error ? error.message : String(error);
  return new HttpError(codeOf(error, message, received), message, { cause: error });
}

function codeOf(error: unknown, message: string, received: boolean): HttpErrorCode {
  if (error instanceof SocketError) return codeOfSocket(error, received);
  const code =
    typeof error === "object" && error !== null && "code" in error ? String(error.code) : "";
  const known = CODES.get(code);
  if (known !== undefined) return received && BROKEN.has(code) ? INCOMPLETE : known;
  const isParserError = error instanceof Error && error.name === "HTTPParserError";
  if (isParserError || code.startsWith("HPE_") || code.startsWith("ERR_HTTP2_"))
    return { tag: "HTTP-protocol-error" };
  const alert = /alert (?:number )?(\d+)/i.exec(message)?.[1];
  if (/^ERR_SSL_.*ALERT/.test(code)) {
    const alertMessage = code.replace(/^ERR_SSL_(?:TLSV\d+_|SSLV3_)?ALERT_/, "");
    return {
      tag: "TLS-alert-received",
      val: { alertId: alert === undefined ? undefined : Number(alert), alertMessage },
    };
  }
  if (code.startsWith("CERT_") || code.includes("CERT")) return { tag: "TLS-certificate-error" };
  if (code.startsWith("ERR_SSL_") || code === "EPROTO" || code.startsWith("ERR_TLS_")) {
    return { tag: "TLS-protocol-error" };
  }
  return { tag: "internal-error", val: message };
}

const INCOMPLETE: HttpErrorCode = { tag: "HTTP-response-incomplete" };

/** Of these, a response that had begun is what broke. */
const BROKEN: ReadonlySet<string> = new Set([
  "ECONNRESET",
  "EPIPE",
  "UND_ERR_SOCKET",
  "UND_ERR_DESTROYED",
  "UND_ERR_INFO",
  "ERR_STREAM_PREMATURE_CLOSE",
]);

const CODES: ReadonlyMap<string, HttpErrorCode> = new Map<string, HttpErrorCode>([
  ["ECONNREFUSED", { tag: "connection-refused" }],
  ["ECONNRESET", { tag: "connection-terminated" }],
  ["EPIPE", { tag: "connection-terminated" }],
  ["ERR_STREAM_PREMATURE_CLOSE", { tag: "connection-terminated" }],
  ["UND_ERR_SOCKET", { tag: "connection-terminated" }],
  ["UND_ERR_DESTROYED", { tag: "connection-terminated" }],
  ["UND_ERR_CLOSED", { tag: "connection-terminated" }],
  ["UND_ERR_INFO", { tag: "connection-terminated" }],
  ["UND_ERR_ABORTED", { tag: "connection-terminated" }],
  ["ETIMEDOUT", { tag: "connection-timeout" }],
  ["UND_ERR_CONNECT_TIMEOUT", { tag: "connection-timeout" }],
  ["UND_ERR_HEADERS_TIMEOUT", { tag: "connection-read-timeout" }],
  ["UND_ERR_BODY_TIMEOUT", { tag: "connection-read-timeout" }],
  ["EHOSTUNREACH", { tag: "destination-IP-unroutable" }],
  ["ENETUNREACH", { tag: "destination-IP-unroutable" }],
  ["EADDRNOTAVAIL", { tag: "destination-IP-unroutable" }],
  ["EHOSTDOWN", { tag: "destination-unavailable" }],
  ["ENETDOWN", { tag: "destination-unavailable" }],
  ["EMFILE", { tag: "connection-limit-reached" }],
  ["ENFILE", { tag: "connection-limit-reached" }],
  ["UND_ERR_HEADERS_OVERFLOW", { tag: "HTTP-response-header-section-size", val: undefined }],
  ["UND_ERR_RES_CONTENT_LENGTH_MISMATCH", INCOMPLETE],
  ["UND_ERR_REQ_CONTENT_LENGTH_MISMATCH", { tag: "HTTP-request-body-size", val: undefined }],
  ["UND_ERR_INVALID_ARG", { tag: "HTTP-protocol-error" }],
  ["UND_ERR_NOT_SUPPORTED", { tag: "HTTP-protocol-error" }],
  ["DEPTH_ZERO_SELF_SIGNED_CERT", { tag: "TLS-certificate-error" }],
  ["UNABLE_TO_VERIFY_LEAF_SIGNATURE", { tag: "TLS-certificate-error" }],
]);

function codeOfSocket({ code, cause }: SocketError, received: boolean): HttpErrorCode {
  if (code === "temporary-resolver-failure" && isTimeout(cause)) return { tag: "DNS-timeout" };
  if (received && (code === "connection-reset" || code === "connection-aborted")) return INCOMPLETE;
  return SOCKET_CODES[code] ?? { tag: "internal-error", val: code };
}

const SOCKET_CODES: Readonly<Partial<Record<SocketErrorCode, HttpErrorCode>>> = {
  "access-denied": { tag: "HTTP-request-denied" },
  timeout: { tag: "connection-timeout" },
  "connection-refused": { tag: "connection-refused" },
  "connection-reset": { tag: "connection-terminated" },
  "connection-aborted": { tag: "connection-terminated" },
  "remote-unreachable": { tag: "destination-IP-unroutable" },
  "new-socket-limit": { tag: "connection-limit-reached" },
  "out-of-memory": { tag: "connection-limit-reached" },
  "address-in-use": { tag: "connection-limit-reached" },
  "name-unresolvable": { tag: "DNS-error", val: { rcode: "NXDOMAIN" } },
  "temporary-resolver-failure": { tag: "DNS-error", val: { rcode: "SERVFAIL" } },
  "permanent-resolver-failure": { tag: "DNS-error", val: { rcode: "SERVFAIL" } },
};

/** Without a cause it was the host that lost patience. */
function isTimeout(cause: unknown): boolean {
  if (typeof cause !== "object" || cause === null || !("code" in cause)) return true;
  return cause.code === "ETIMEOUT" || cause.code === "EAI_AGAIN";
}
