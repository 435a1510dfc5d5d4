/** The fast paths of outgoing messages in `wasi:http/types`; importing this module attaches those of the methods. */
import { GuestMemory, lowerFunction, lowerMethod } from "../cabi.ts";
import { Handles } from "../cabi-handle.ts";
import type { Guest } from "../guest.ts";
import { OutputStream } from "../io/output-stream.ts";
import { lowerErrorCode, liftErrorCode } from "./error-code-abi.ts";
import { Fields } from "./fields.ts";
import { finishOutgoingBody, OutgoingBody } from "./outgoing-body.ts";
import { OutgoingRequest } from "./outgoing-request.ts";
import { OutgoingResponse } from "./outgoing-response.ts";
import { lowerOwnResult } from "./own-result.ts";
import { ResponseOutparam, setResponse } from "./response-outparam.ts";

const OK = 0;
const ERR = 1;

/** The constructor of responses for one guest. */
export function createResponseConstructor(guest: Guest): (headers: Fields) => OutgoingResponse {
  const construct = (headers: Fields): OutgoingResponse => new OutgoingResponse(guest, headers);
  lowerFunction(construct, (options) => {
    const handles = new Handles(options);
    return (headers: number): number =>
      handles.lowerOwn(OutgoingResponse, construct(handles.liftOwn(Fields, headers)));
  });
  return construct;
}

lowerMethod(OutgoingResponse, "statusCode", (options) => {
  const handles = Handles.inOrder(options, [OutgoingResponse]);
  return (handle: number): number => handles.lift(OutgoingResponse, handle).statusCode();
});

lowerMethod(OutgoingResponse, "setStatusCode", (options) => {
  const handles = Handles.inOrder(options, [OutgoingResponse]);
  return (handle: number, status: number): number =>
    handles.lift(OutgoingResponse, handle).trySetStatusCode(status & 0xffff) ? OK : ERR;
});

lowerMethod(OutgoingResponse, "headers", (options) => {
  const handles = new Handles(options);
  return (handle: number): number =>
    handles.lowerOwn(Fields, handles.lift(OutgoingResponse, handle).headers());
});

lowerMethod(OutgoingResponse, "body", (options) => {
  const memory = new GuestMemory(options);
  const handles = new Handles(options);
  return (handle: number, result: number): void => {
    const body = handles.lift(OutgoingResponse, handle).tryBody();
    lowerOwnResult(memory, handles, OutgoingBody, body, result >>> 0);
  };
});

lowerMethod(OutgoingRequest, "body", (options) => {
  const memory = new GuestMemory(options);
  const handles = new Handles(options);
  return (handle: number, result: number): void => {
    const body = handles.lift(OutgoingRequest, handle).tryBody();
    lowerOwnResult(memory, handles, OutgoingBody, body, result >>> 0);
  };
});

lowerMethod(OutgoingBody, "write", (options) => {
  const memory = new GuestMemory(options);
  const handles = Handles.inOrder(options, [OutputStream, OutgoingBody]);
  return (handle: number, result: number): void => {
    const stream = handles.lift(OutgoingBody, handle).tryWrite();
    lowerOwnResult(memory, handles, OutputStream, stream, result >>> 0);
  };
});

lowerFunction(finishOutgoingBody, (options) => {
  const memory = new GuestMemory(options);
  const handles = new Handles(options);
  return (handle: number, hasTrailers: number, trailers: number, result: number): void => {
    const body = handles.liftOwn(OutgoingBody, handle);
    const fields = hasTrailers === 1 ? handles.liftOwn(Fields, trailers) : undefined;
    const code = body.finish(fields);
    memory.view.setUint8(result >>> 0, code === undefined ? OK : ERR);
    if (code !== undefined) lowerErrorCode(memory, code, (result >>> 0) + 8);
  };
});

lowerFunction(setResponse, (options) => {
  const memory = new GuestMemory(options);
  const handles = new Handles(options);
  return (
    param: number,
    isError: number,
    responseOrCode: number,
    ...payload: readonly [number, bigint, number, number, number, number]
  ): void => {
    const outparam = handles.liftOwn(ResponseOutparam, param);
    if (isError === 0) {
      outparam.set({ tag: "ok", val: handles.liftOwn(OutgoingResponse, responseOrCode) });
    } else {
      outparam.set({ tag: "err", val: liftErrorCode(memory, responseOrCode, payload) });
    }
  };
});
