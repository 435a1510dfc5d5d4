import type { GuestMemory } from "../cabi.ts";
import {
  type FieldSizePayload,
  type HttpErrorCode,
  PLAIN_CODES,
  type PlainCode,
} from "./error-code.ts";

/** The cases of `error-code` in WIT's order: a variant of 32 bytes, aligned to 8, its payload at 8. */
export const ERROR_CODE_TAGS: readonly HttpErrorCode["tag"][] = [
  "DNS-timeout",
  "DNS-error",
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
  "TLS-alert-received",
  "HTTP-request-denied",
  "HTTP-request-length-required",
  "HTTP-request-body-size",
  "HTTP-request-method-invalid",
  "HTTP-request-URI-invalid",
  "HTTP-request-URI-too-long",
  "HTTP-request-header-section-size",
  "HTTP-request-header-size",
  "HTTP-request-trailer-section-size",
  "HTTP-request-trailer-size",
  "HTTP-response-incomplete",
  "HTTP-response-header-section-size",
  "HTTP-response-header-size",
  "HTTP-response-body-size",
  "HTTP-response-trailer-section-size",
  "HTTP-response-trailer-size",
  "HTTP-response-transfer-coding",
  "HTTP-response-content-coding",
  "HTTP-response-timeout",
  "HTTP-upgrade-failed",
  "HTTP-protocol-error",
  "loop-detected",
  "configuration-error",
  "internal-error",
];

/** Writes an error-code to `at`, which is aligned to 8. */
export function lowerErrorCode(memory: GuestMemory, code: HttpErrorCode, at: number): void {
  memory.view.setUint8(at, ERROR_CODE_TAGS.indexOf(code.tag));
  if (!("val" in code)) return;
  const payload = at + 8;
  switch (code.tag) {
    case "DNS-error":
      lowerOptionalText(memory, code.val.rcode, payload);
      lowerOptional(memory, code.val.infoCode, payload + 12, (view, value) =>
        view.setUint16(payload + 14, value, true),
      );
      return;
    case "TLS-alert-received":
      lowerOptional(memory, code.val.alertId, payload, (view, value) =>
        view.setUint8(payload + 1, value),
      );
      lowerOptionalText(memory, code.val.alertMessage, payload + 4);
      return;
    case "HTTP-request-body-size":
    case "HTTP-response-body-size":
      lowerOptional(memory, code.val, payload, (view, value) =>
        view.setBigUint64(payload + 8, value, true),
      );
      return;
    case "HTTP-request-header-section-size":
    case "HTTP-request-trailer-section-size":
    case "HTTP-response-header-section-size":
    case "HTTP-response-trailer-section-size":
      lowerOptionalU32(memory, code.val, payload);
      return;
    case "HTTP-request-header-size":
      memory.view.setUint8(payload, code.val === undefined ? 0 : 1);
      if (code.val !== undefined) lowerFieldSize(memory, code.val, payload + 4);
      return;
    case "HTTP-request-trailer-size":
    case "HTTP-response-header-size":
    case "HTTP-response-trailer-size":
      lowerFieldSize(memory, code.val, payload);
      return;
    case "HTTP-response-transfer-coding":
    case "HTTP-response-content-coding":
    case "internal-error":
      lowerOptionalText(memory, code.val, payload);
      return;
  }
}

/** The payload of an error-code as flat parameters: WIT's cases laid over each other. */
export type FlatPayload = readonly [number, bigint, number, number, number, number];

/** Reads an error-code from flat parameters; a `RangeError`, hence a trap, for a case that does not exist. */
export function liftErrorCode(
  memory: GuestMemory,
  discriminant: number,
  payload: FlatPayload,
): HttpErrorCode {
  const tag = ERROR_CODE_TAGS[discriminant];
  const [first, second, third, fourth, fifth] = payload;
  if (tag === undefined) {
    throw new RangeError(`Cannot read an error-code: there is no case ${discriminant}`);
  }
  if (isPlain(tag)) return { tag };
  switch (tag) {
    case "DNS-error":
      return {
        tag,
        val: {
          rcode: liftText(memory, first, Number(second), third),
          infoCode: fourth === 1 ? fifth & 0xffff : undefined,
        },
      };
    case "TLS-alert-received":
      return {
        tag,
        val: {
          alertId: first === 1 ? Number(second) & 0xff : undefined,
          alertMessage: liftText(memory, third, fourth, fifth),
        },
      };
    case "HTTP-request-body-size":
    case "HTTP-response-body-size":
      return { tag, val: first === 1 ? BigInt.asUintN(64, second) : undefined };
    case "HTTP-request-header-section-size":
    case "HTTP-request-trailer-section-size":
    case "HTTP-response-header-section-size":
    case "HTTP-response-trailer-section-size":
      return { tag, val: first === 1 ? Number(second) >>> 0 : undefined };
    case "HTTP-request-header-size":
      return { tag, val: first === 1 ? liftOptionalFieldSize(memory, payload) : undefined };
    case "HTTP-request-trailer-size":
    case "HTTP-response-header-size":
    case "HTTP-response-trailer-size":
      return {
        tag,
        val: {
          fieldName: liftText(memory, first, Number(second), third),
          fieldSize: fourth === 1 ? fifth >>> 0 : undefined,
        },
      };
    case "HTTP-response-transfer-coding":
    case "HTTP-response-content-coding":
    case "internal-error":
      return { tag, val: liftText(memory, first, Number(second), third) };
  }
}

function isPlain(tag: HttpErrorCode["tag"]): tag is PlainCode {
  const plain: readonly string[] = PLAIN_CODES;
  return plain.includes(tag);
}

function liftOptionalFieldSize(memory: GuestMemory, payload: FlatPayload): FieldSizePayload {
  const [, some, pointer, length, hasSize, size] = payload;
  return {
    fieldName: liftText(memory, Number(some), pointer, length),
    fieldSize: hasSize === 1 ? size >>> 0 : undefined,
  };
}

function liftText(
  memory: GuestMemory,
  some: number,
  pointer: number,
  length: number,
): string | undefined {
  return some === 1 ? memory.readUtf8(pointer, length) : undefined;
}

function lowerOptional<T>(
  memory: GuestMemory,
  value: T | undefined,
  at: number,
  write: (view: DataView, value: T) => void,
): void {
  const { view } = memory;
  view.setUint8(at, value === undefined ? 0 : 1);
  if (value !== undefined) write(view, value);
}

function lowerOptionalU32(memory: GuestMemory, value: number | undefined, at: number): void {
  lowerOptional(memory, value, at, (view, value) => view.setUint32(at + 4, value, true));
}

function lowerOptionalText(memory: GuestMemory, text: string | undefined, at: number): void {
  memory.view.setUint8(at, text === undefined ? 0 : 1);
  if (text !== undefined) memory.writeUtf8(text, at + 4);
}

function lowerFieldSize(memory: GuestMemory, payload: FieldSizePayload, at: number): void {
  lowerOptionalText(memory, payload.fieldName, at);
  lowerOptionalU32(memory, payload.fieldSize, at + 12);
}
