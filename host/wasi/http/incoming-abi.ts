/** The fast paths of incoming messages in `wasi:http/types`; importing this module attaches them. */
import { GuestMemory, lowerFunction, lowerMethod, type LowerOptions } from "../cabi.ts";
import { Handles } from "../cabi-handle.ts";
import { IoError } from "../io/error.ts";
import { InputStream } from "../io/input-stream.ts";
import { Pollable } from "../io/pollable.ts";
import { httpErrorCode } from "./error-code.ts";
import { lowerErrorCode } from "./error-code-abi.ts";
import { Fields } from "./fields.ts";
import { FutureTrailers, type TrailersResult } from "./future-trailers.ts";
import { finishIncomingBody, IncomingBody } from "./incoming-body.ts";
import { IncomingRequest } from "./incoming-request.ts";
import { METHOD_TAGS, methodIndex } from "./method.ts";
import { lowerOwnResult } from "./own-result.ts";

const NONE = 0;
const SOME = 1;
const OK = 0;
const ERR = 1;

lowerMethod(IncomingRequest, "method", (options) => {
  const call = new RequestCall(options);
  return (handle: number, result: number): void => {
    const { method } = call.lift(handle).head;
    const index = methodIndex(method);
    call.memory.view.setUint8(result >>> 0, index < 0 ? METHOD_TAGS.length : index);
    if (index < 0) call.memory.writeUtf8(method, (result >>> 0) + 4);
  };
});

lowerMethod(IncomingRequest, "pathWithQuery", (options) => {
  const call = new RequestCall(options);
  return (handle: number, result: number): void =>
    call.answerText(call.lift(handle).head.pathWithQuery, result >>> 0);
});

lowerMethod(IncomingRequest, "authority", (options) => {
  const call = new RequestCall(options);
  return (handle: number, result: number): void =>
    call.answerText(call.lift(handle).head.authority, result >>> 0);
});

lowerMethod(IncomingRequest, "scheme", (options) => {
  const call = new RequestCall(options);
  return (handle: number, result: number): void => {
    const { scheme } = call.lift(handle).head;
    call.memory.view.setUint8(result >>> 0, SOME);
    call.memory.view.setUint8((result >>> 0) + 4, scheme === "https" ? 1 : 0);
  };
});

lowerMethod(IncomingRequest, "headers", (options) => {
  const handles = new Handles(options);
  return (handle: number): number =>
    handles.lowerOwn(Fields, handles.lift(IncomingRequest, handle).headers());
});

lowerMethod(IncomingRequest, "consume", (options) => {
  const memory = new GuestMemory(options);
  const handles = new Handles(options);
  return (handle: number, result: number): void => {
    const body = handles.lift(IncomingRequest, handle).tryConsume();
    lowerOwnResult(memory, handles, IncomingBody, body, result >>> 0);
  };
});

lowerMethod(IncomingBody, "stream", (options) => {
  const memory = new GuestMemory(options);
  const handles = Handles.inOrder(options, [InputStream, IncomingBody]);
  return (handle: number, result: number): void => {
    const stream = handles.lift(IncomingBody, handle).tryStream();
    lowerOwnResult(memory, handles, InputStream, stream, result >>> 0);
  };
});

lowerFunction(finishIncomingBody, (options) => {
  const handles = new Handles(options);
  return (handle: number): number =>
    handles.lowerOwn(FutureTrailers, handles.liftOwn(IncomingBody, handle).finish());
});

lowerMethod(FutureTrailers, "subscribe", (options) => {
  const handles = Handles.inOrder(options, [Pollable, FutureTrailers]);
  return (handle: number): number =>
    handles.lowerOwn(Pollable, handles.lift(FutureTrailers, handle).subscribe());
});

lowerMethod(FutureTrailers, "get", (options) => {
  const memory = new GuestMemory(options);
  const handles = new Handles(options);
  return (handle: number, result: number): void => {
    const at = result >>> 0;
    const trailers = handles.lift(FutureTrailers, handle).get();
    memory.view.setUint8(at, trailers === undefined ? NONE : SOME);
    if (trailers === undefined) return;
    memory.view.setUint8(at + 8, trailers.tag === "ok" ? OK : ERR);
    if (trailers.tag === "ok") lowerTrailers(memory, handles, trailers.val, at + 16);
  };
});

lowerFunction(httpErrorCode, (options) => {
  const memory = new GuestMemory(options);
  const handles = Handles.inOrder(options, [IoError]);
  return (handle: number, result: number): void => {
    const code = httpErrorCode(handles.lift(IoError, handle));
    memory.view.setUint8(result >>> 0, code === undefined ? NONE : SOME);
    if (code !== undefined) lowerErrorCode(memory, code, (result >>> 0) + 8);
  };
});

class RequestCall {
  readonly memory: GuestMemory;
  readonly #handles: Handles;

  constructor(options: LowerOptions) {
    this.memory = new GuestMemory(options);
    this.#handles = Handles.inOrder(options, [IncomingRequest]);
  }

  lift(handle: number): IncomingRequest {
    return this.#handles.lift(IncomingRequest, handle);
  }

  /** Writes `option<string>`. */
  answerText(text: string | undefined, result: number): void {
    this.memory.view.setUint8(result, text === undefined ? NONE : SOME);
    if (text !== undefined) this.memory.writeUtf8(text, result + 4);
  }
}

/** Writes `result<option<trailers>, error-code>`. */
function lowerTrailers(
  memory: GuestMemory,
  handles: Handles,
  result: TrailersResult,
  at: number,
): void {
  memory.view.setUint8(at, result.tag === "ok" ? OK : ERR);
  if (result.tag === "err") {
    lowerErrorCode(memory, result.val, at + 8);
    return;
  }
  memory.view.setUint8(at + 8, result.val === undefined ? NONE : SOME);
  if (result.val !== undefined) {
    memory.view.setUint32(at + 12, handles.lowerOwn(Fields, result.val), true);
  }
}
