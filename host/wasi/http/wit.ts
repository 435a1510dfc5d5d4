import { DURATION } from "../clocks/wit.ts";
import { ERROR, INPUT_STREAM, OUTPUT_STREAM, POLLABLE } from "../io/wit.ts";
import {
  BOOL,
  STRING,
  U16,
  U32,
  U64,
  U8,
  borrow,
  constructorOf,
  func,
  list,
  method,
  option,
  own,
  record,
  result,
  staticFunc,
  tuple,
  variant,
  type WitPackage,
  type WitType,
} from "../wit/wit-type.ts";

const OUTGOING_REQUEST = "wasi:http/types/outgoing-request";
const REQUEST_OPTIONS = "wasi:http/types/request-options";
const FUTURE_INCOMING_RESPONSE = "wasi:http/types/future-incoming-response";
const DNS_ERROR_PAYLOAD: WitType = record({ rcode: option(STRING), "info-code": option(U16) });
const TLS_ALERT_RECEIVED_PAYLOAD: WitType = record({
  "alert-id": option(U8),
  "alert-message": option(STRING),
});
const FIELD_SIZE_PAYLOAD: WitType = record({
  "field-name": option(STRING),
  "field-size": option(U32),
});
const ERROR_CODE: WitType = variant({
  "DNS-timeout": undefined,
  "DNS-error": DNS_ERROR_PAYLOAD,
  "destination-not-found": undefined,
  "destination-unavailable": undefined,
  "destination-IP-prohibited": undefined,
  "destination-IP-unroutable": undefined,
  "connection-refused": undefined,
  "connection-terminated": undefined,
  "connection-timeout": undefined,
  "connection-read-timeout": undefined,
  "connection-write-timeout": undefined,
  "connection-limit-reached": undefined,
  "TLS-protocol-error": undefined,
  "TLS-certificate-error": undefined,
  "TLS-alert-received": TLS_ALERT_RECEIVED_PAYLOAD,
  "HTTP-request-denied": undefined,
  "HTTP-request-length-required": undefined,
  "HTTP-request-body-size": option(U64),
  "HTTP-request-method-invalid": undefined,
  "HTTP-request-URI-invalid": undefined,
  "HTTP-request-URI-too-long": undefined,
  "HTTP-request-header-section-size": option(U32),
  "HTTP-request-header-size": option(FIELD_SIZE_PAYLOAD),
  "HTTP-request-trailer-section-size": option(U32),
  "HTTP-request-trailer-size": FIELD_SIZE_PAYLOAD,
  "HTTP-response-incomplete": undefined,
  "HTTP-response-header-section-size": option(U32),
  "HTTP-response-header-size": FIELD_SIZE_PAYLOAD,
  "HTTP-response-body-size": option(U64),
  "HTTP-response-trailer-section-size": option(U32),
  "HTTP-response-trailer-size": FIELD_SIZE_PAYLOAD,
  "HTTP-response-transfer-coding": option(STRING),
  "HTTP-response-content-coding": option(STRING),
  "HTTP-response-timeout": undefined,
  "HTTP-upgrade-failed": undefined,
  "HTTP-protocol-error": undefined,
  "loop-detected": undefined,
  "configuration-error": undefined,
  "internal-error": option(STRING),
});
const FIELDS = "wasi:http/types/fields";
const FIELD_VALUE: WitType = list(U8);
const HEADER_ERROR: WitType = variant({
  "invalid-syntax": undefined,
  forbidden: undefined,
  immutable: undefined,
});
const METHOD: WitType = variant({
  get: undefined,
  head: undefined,
  post: undefined,
  put: undefined,
  delete: undefined,
  connect: undefined,
  options: undefined,
  trace: undefined,
  patch: undefined,
  other: STRING,
});
const SCHEME: WitType = variant({ HTTP: undefined, HTTPS: undefined, other: STRING });
const INCOMING_BODY = "wasi:http/types/incoming-body";
const OUTGOING_BODY = "wasi:http/types/outgoing-body";
const RESPONSE_OUTPARAM = "wasi:http/types/response-outparam";
const OUTGOING_RESPONSE = "wasi:http/types/outgoing-response";
const FUTURE_TRAILERS = "wasi:http/types/future-trailers";
const INCOMING_RESPONSE = "wasi:http/types/incoming-response";

/** What WIT 0.2 has of `wasi:http` for components to import. */
export const HTTP: WitPackage = {
  "wasi:http/outgoing-handler": {
    functions: {
      handle: func(
        [own(OUTGOING_REQUEST), option(own(REQUEST_OPTIONS))],
        result(own(FUTURE_INCOMING_RESPONSE), ERROR_CODE),
      ),
    },
  },
  "wasi:http/types": {
    functions: {
      "http-error-code": func([borrow(ERROR)], option(ERROR_CODE)),
    },
    resources: {
      fields: {
        constructor: constructorOf(FIELDS),
        "from-list": staticFunc(
          [list(tuple(STRING, FIELD_VALUE))],
          result(own(FIELDS), HEADER_ERROR),
        ),
        get: method([STRING], list(FIELD_VALUE)),
        has: method([STRING], BOOL),
        set: method([STRING, list(FIELD_VALUE)], result(undefined, HEADER_ERROR)),
        delete: method([STRING], result(undefined, HEADER_ERROR)),
        append: method([STRING, FIELD_VALUE], result(undefined, HEADER_ERROR)),
        entries: method([], list(tuple(STRING, FIELD_VALUE))),
        clone: method([], own(FIELDS)),
      },
      "incoming-request": {
        method: method([], METHOD),
        "path-with-query": method([], option(STRING)),
        scheme: method([], option(SCHEME)),
        authority: method([], option(STRING)),
        headers: method([], own(FIELDS)),
        consume: method([], result(own(INCOMING_BODY))),
      },
      "outgoing-request": {
        constructor: constructorOf(OUTGOING_REQUEST, own(FIELDS)),
        body: method([], result(own(OUTGOING_BODY))),
        method: method([], METHOD),
        "set-method": method([METHOD], result()),
        "path-with-query": method([], option(STRING)),
        "set-path-with-query": method([option(STRING)], result()),
        scheme: method([], option(SCHEME)),
        "set-scheme": method([option(SCHEME)], result()),
        authority: method([], option(STRING)),
        "set-authority": method([option(STRING)], result()),
        headers: method([], own(FIELDS)),
      },
      "request-options": {
        constructor: constructorOf(REQUEST_OPTIONS),
        "connect-timeout": method([], option(DURATION)),
        "set-connect-timeout": method([option(DURATION)], result()),
        "first-byte-timeout": method([], option(DURATION)),
        "set-first-byte-timeout": method([option(DURATION)], result()),
        "between-bytes-timeout": method([], option(DURATION)),
        "set-between-bytes-timeout": method([option(DURATION)], result()),
      },
      "response-outparam": {
        "send-informational": method([U16, own(FIELDS)], result(undefined, ERROR_CODE)),
        set: staticFunc([own(RESPONSE_OUTPARAM), result(own(OUTGOING_RESPONSE), ERROR_CODE)]),
      },
      "incoming-response": {
        status: method([], U16),
        headers: method([], own(FIELDS)),
        consume: method([], result(own(INCOMING_BODY))),
      },
      "incoming-body": {
        stream: method([], result(own(INPUT_STREAM))),
        finish: staticFunc([own(INCOMING_BODY)], own(FUTURE_TRAILERS)),
      },
      "future-trailers": {
        subscribe: method([], own(POLLABLE)),
        get: method([], option(result(result(option(own(FIELDS)), ERROR_CODE)))),
      },
      "outgoing-response": {
        constructor: constructorOf(OUTGOING_RESPONSE, own(FIELDS)),
        "status-code": method([], U16),
        "set-status-code": method([U16], result()),
        headers: method([], own(FIELDS)),
        body: method([], result(own(OUTGOING_BODY))),
      },
      "outgoing-body": {
        write: method([], result(own(OUTPUT_STREAM))),
        finish: staticFunc(
          [own(OUTGOING_BODY), option(own(FIELDS))],
          result(undefined, ERROR_CODE),
        ),
      },
      "future-incoming-response": {
        subscribe: method([], own(POLLABLE)),
        get: method([], option(result(result(own(INCOMING_RESPONSE), ERROR_CODE)))),
      },
    },
  },
};
