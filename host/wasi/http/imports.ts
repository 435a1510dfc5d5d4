import { bareInterface, bindFunction, bindResource } from "../binding.ts";
import type { Guest } from "../guest.ts";
import { httpErrorCode } from "./error-code.ts";
import { Fields } from "./fields.ts";
import { createFieldsFactory } from "./fields-abi.ts";
import { FutureIncomingResponse } from "./future-incoming-response.ts";
import { FutureTrailers } from "./future-trailers.ts";
import { finishIncomingBody, IncomingBody } from "./incoming-body.ts";
import { IncomingRequest } from "./incoming-request.ts";
import { IncomingResponse } from "./incoming-response.ts";
import { createResponseConstructor } from "./outgoing-abi.ts";
import { finishOutgoingBody, OutgoingBody } from "./outgoing-body.ts";
import { createOutgoingHandler } from "./outgoing-handler.ts";
import { OutgoingRequest } from "./outgoing-request.ts";
import { OutgoingResponse } from "./outgoing-response.ts";
import { RequestOptions } from "./request-options.ts";
import { ResponseOutparam, setResponse } from "./response-outparam.ts";
import "./incoming-abi.ts";

/** `wasi:http`, all of 0.2.x, for one guest: constructors and `from-list` make what belongs to it. */
export function createHttpImports(
  guest: Guest,
): Readonly<Record<string, Readonly<Record<string, unknown>>>> {
  const fields = createFieldsFactory(guest);
  return {
    "wasi:http/types": {
      __proto__: null,
      ...SHARED_TYPES,
      Fields: bindResource(Fields, FIELDS, {
        construct: fields.construct,
        statics: { fromList: fields.fromList },
      }),
      OutgoingRequest: bindResource(OutgoingRequest, OUTGOING_REQUEST, {
        construct: (headers: Fields) => new OutgoingRequest(guest, headers),
      }),
      OutgoingResponse: bindResource(OutgoingResponse, OUTGOING_RESPONSE, {
        construct: createResponseConstructor(guest),
      }),
      RequestOptions: bindResource(RequestOptions, REQUEST_OPTIONS, {
        construct: () => new RequestOptions(guest),
      }),
    },
    "wasi:http/outgoing-handler": {
      __proto__: null,
      handle: bindFunction(createOutgoingHandler(guest)),
    },
  };
}

const FIELDS = ["get", "has", "set", "delete", "append", "entries", "clone"] as const;
const OUTGOING_REQUEST = [
  "body",
  "method",
  "setMethod",
  "pathWithQuery",
  "setPathWithQuery",
  "scheme",
  "setScheme",
  "authority",
  "setAuthority",
  "headers",
] as const;
const OUTGOING_RESPONSE = ["statusCode", "setStatusCode", "headers", "body"] as const;
const REQUEST_OPTIONS = [
  "connectTimeout",
  "setConnectTimeout",
  "firstByteTimeout",
  "setFirstByteTimeout",
  "betweenBytesTimeout",
  "setBetweenBytesTimeout",
] as const;

/** What is the same for every guest: resources know theirs. */
const SHARED_TYPES = bareInterface({
  FutureIncomingResponse: bindResource(FutureIncomingResponse, ["subscribe", "get"]),
  FutureTrailers: bindResource(FutureTrailers, ["subscribe", "get"]),
  IncomingBody: bindResource(IncomingBody, ["stream"], {
    statics: { finish: finishIncomingBody },
  }),
  IncomingRequest: bindResource(IncomingRequest, [
    "method",
    "pathWithQuery",
    "scheme",
    "authority",
    "headers",
    "consume",
  ]),
  IncomingResponse: bindResource(IncomingResponse, ["status", "headers", "consume"]),
  OutgoingBody: bindResource(OutgoingBody, ["write"], {
    statics: { finish: finishOutgoingBody },
  }),
  ResponseOutparam: bindResource(ResponseOutparam, ["sendInformational"], {
    statics: { set: setResponse },
  }),
  httpErrorCode: bindFunction(httpErrorCode),
});
