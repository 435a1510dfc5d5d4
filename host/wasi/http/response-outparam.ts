import { checkCase, checkResource, checkUnsigned } from "../check-argument.ts";
import { Resource } from "../resource.ts";
import type { HttpErrorCode } from "./error-code.ts";
import { ERROR_CODE_TAGS } from "./error-code-abi.ts";
import { GuestError } from "../guest-error.ts";
import { Fields } from "./fields.ts";
import type { Result } from "./future-trailers.ts";
import type { ResponseHead } from "./message.ts";
import { OutgoingResponse } from "./outgoing-response.ts";

/** Who waits for a response. */
export interface ResponseReceiver {
  /** The guest answered. */
  receive(response: Result<OutgoingResponse, HttpErrorCode>): void;
  /** The guest sends a 1xx response ahead of the final one. */
  receiveInformational(head: ResponseHead): void;
  /** The guest dropped the outparam without an answer. */
  forgo(): void;
}

/**
 * `wasi:http/types.response-outparam`. One serves all requests of an instance, one after the other, so that
 * jco's table of captured objects does not grow with them; a guest that drops it gets a new one next time.
 */
export class ResponseOutparam extends Resource {
  #receiver: ResponseReceiver | undefined;

  /** Whether a request waits for an answer through it. */
  get isExpecting(): boolean {
    return this.#receiver !== undefined;
  }

  /** Begins a request. */
  expect(receiver: ResponseReceiver): void {
    this.#receiver = receiver;
  }

  /** Answers the request; the guest's handle is gone, so that it answers once. */
  set(response: Result<OutgoingResponse, HttpErrorCode>): void {
    if (response.tag === "ok") checkResource(response.val, OutgoingResponse);
    else checkCase(response.val.tag, ERROR_CODE_TAGS);
    const receiver = this.#receiver;
    this.#receiver = undefined;
    if (receiver === undefined) throw new RangeError("Cannot answer a request: it was answered");
    receiver.receive(response);
  }

  /** WIT: "Send an HTTP 1xx response"; throws a `GuestError<HttpErrorCode>` for any other status. */
  sendInformational(status: number, headers: Fields): void {
    checkUnsigned(status, 16);
    checkResource(headers, Fields);
    if (this.#receiver === undefined || status < 100 || status > 199 || status === 101) {
      throw new GuestError<HttpErrorCode>({ tag: "HTTP-protocol-error" });
    }
    this.#receiver.receiveInformational({ status, headers: headers.map.entries });
    headers[Symbol.dispose]();
  }

  /** A guest that is disposed did not choose to be silent: its call ends with the reason. */
  protected override drop(): void {
    if (!this.guest.disposed) this.#receiver?.forgo();
  }
}

/** `response-outparam.set`. */
export function setResponse(
  param: ResponseOutparam,
  response: Result<OutgoingResponse, HttpErrorCode>,
): void {
  param.set(response);
}
