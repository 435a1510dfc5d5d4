import { SocketError, type SocketErrorCode } from "../error.ts";

/** What a guest is told for each error number of the operating system, after `wasi:sockets/network@0.2`. */
const CODES: ReadonlyMap<string, SocketErrorCode> = new Map([
  ["EACCES", "access-denied"],
  ["EPERM", "access-denied"],
  ["EADDRINUSE", "address-in-use"],
  ["EADDRNOTAVAIL", "address-not-bindable"],
  ["ECONNABORTED", "connection-aborted"],
  ["ECONNREFUSED", "connection-refused"],
  ["ECONNRESET", "connection-reset"],
  ["EPIPE", "connection-reset"],
  ["ENOTCONN", "connection-reset"],
  ["ETIMEDOUT", "timeout"],
  ["EHOSTDOWN", "remote-unreachable"],
  ["EHOSTUNREACH", "remote-unreachable"],
  ["ENETDOWN", "remote-unreachable"],
  ["ENETUNREACH", "remote-unreachable"],
  ["ENONET", "remote-unreachable"],
  ["EMFILE", "new-socket-limit"],
  ["ENFILE", "new-socket-limit"],
  ["ENOBUFS", "out-of-memory"],
  ["ENOMEM", "out-of-memory"],
  ["EINVAL", "invalid-argument"],
  ["EAFNOSUPPORT", "not-supported"],
  ["EOPNOTSUPP", "not-supported"],
  ["EPROTONOSUPPORT", "not-supported"],
  ["EALREADY", "concurrency-conflict"],
  ["EISCONN", "invalid-state"],
  ["EMSGSIZE", "datagram-too-large"],
] as const);

/** Turns what node:net reports into a `SocketError`; `act` says what could not be done: `connect to 1.2.3.4:5`. */
export function toSocketError(error: unknown, act: string): SocketError {
  if (error instanceof SocketError) return error;
  const code = CODES.get(errnoOf(error)) ?? "unknown";
  const state = error instanceof Error ? error.message : String(error);
  return new SocketError(code, `Cannot ${act}: ${state}`, { cause: error });
}

function errnoOf(error: unknown): string {
  if (typeof error !== "object" || error === null || !("code" in error)) return "";
  return String(error.code);
}
