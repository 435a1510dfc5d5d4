import { SocketError, type SocketErrorCode } from "../../network/error.ts";
import type { IoError } from "../io/error.ts";

/**
 * `wasi:sockets/network.network-error-code`.
 * WIT: "Attempts to extract a network-related `error-code` from the stream `error` provided."
 */
export function networkErrorCode(error: IoError): SocketErrorCode | undefined {
  return error.failure instanceof SocketError ? error.failure.code : undefined;
}

/** The number that stands for `code` in a guest's memory: its place in WIT's `enum error-code`. */
export function toErrorCodeIndex(code: SocketErrorCode): number {
  return INDEX[code];
}

const INDEX: Readonly<Record<SocketErrorCode, number>> = {
  unknown: 0,
  "access-denied": 1,
  "not-supported": 2,
  "invalid-argument": 3,
  "out-of-memory": 4,
  timeout: 5,
  "concurrency-conflict": 6,
  "not-in-progress": 7,
  "would-block": 8,
  "invalid-state": 9,
  "new-socket-limit": 10,
  "address-not-bindable": 11,
  "address-in-use": 12,
  "remote-unreachable": 13,
  "connection-refused": 14,
  "connection-reset": 15,
  "connection-aborted": 16,
  "datagram-too-large": 17,
  "name-unresolvable": 18,
  "temporary-resolver-failure": 19,
  "permanent-resolver-failure": 20,
};
