import { bindFunction, bindResource } from "../binding.ts";
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
      ...shared,
      Fields: bindResource(Fields, {
        construct: fields.construct,
        statics: { fromList: fields.fromList },
      }),
      OutgoingRequest: bindResource(OutgoingRequest, {
        construct: (headers: Fields) => new OutgoingRequest(guest, headers),
      }),
      OutgoingResponse: bindResource(OutgoingResponse, {
        construct: createResponseConstructor(guest),
      }),
      RequestOptions: bindResource(RequestOptions, { construct: () => new RequestOptions(guest) }),
    },
    "wasi:http/outgoing-handler": { handle: bindFunction(createOutgoingHandler(guest)) },
  };
}

const shared = {
  FutureIncomingResponse: bindResource(FutureIncomingResponse),
  FutureTrailers: bindResource(FutureTrailers),
  IncomingBody: bindResource(IncomingBody, { statics: { finish: finishIncomingBody } }),
  IncomingRequest: bindResource(IncomingRequest),
  IncomingResponse: bindResource(IncomingResponse),
  OutgoingBody: bindResource(OutgoingBody, { statics: { finish: finishOutgoingBody } }),
  ResponseOutparam: bindResource(ResponseOutparam, { statics: { set: setResponse } }),
  httpErrorCode: bindFunction(httpErrorCode),
};
