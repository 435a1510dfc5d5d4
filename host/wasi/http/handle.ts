import { cutText } from "../../../policy/cut-text.ts";
import { type Guest, GuestDisposedError } from "../guest.ts";
import type { BodyPipe } from "./body-pipe.ts";
import { HttpGuestError, type HttpGuestErrorCode } from "./error.ts";
import { HttpError, type HttpErrorCode } from "./error-code.ts";
import type { Result } from "./future-trailers.ts";
import { IncomingRequest } from "./incoming-request.ts";
import { InterruptibleBody } from "./interruptible-body.ts";
import type { HttpRequest, HttpResponse, ResponseHead } from "./message.ts";
import type { OutgoingResponse } from "./outgoing-response.ts";
import { type ResponseReceiver, ResponseOutparam } from "./response-outparam.ts";

/** The export `wasi:http/incoming-handler#handle` of an instance. */
export type HandleExport = (request: IncomingRequest, responseOut: ResponseOutparam) => unknown;

/** A request that a guest handles. */
export interface HttpCall {
  /**
   * The response, as soon as the guest set it; its body may still be written, and the guest run on.
   * A guest that writes its body in one go has finished it by the end of the event loop's turn;
   * the body has then `ended` as soon as what is available was read.
   * Rejects with `HttpGuestError`.
   */
  readonly response: Promise<HttpResponse>;
  /**
   * The end of the guest's call. Fulfilled, the instance may serve another request;
   * it rejects with whatever the call threw, and then the instance has to be discarded.
   */
  readonly finished: Promise<void>;
  /**
   * Nobody wants the response any more: what the guest reads and writes fails from now on.
   * If that does not end it, the caller discards the instance. Idempotent.
   */
  cancel(): void;
}

/** Calls the HTTP handler of one instance, one request at a time. */
export class HttpHandler {
  readonly #guest: Guest;
  readonly #handle: HandleExport;
  readonly #onInformational: ((head: ResponseHead) => void) | undefined;
  #outparam: ResponseOutparam | undefined;

  /** `onInformational` gets the 1xx responses, which are dropped without it. */
  constructor(guest: Guest, handle: HandleExport, onInformational?: (head: ResponseHead) => void) {
    this.#guest = guest;
    this.#handle = handle;
    this.#onInformational = onInformational;
  }

  handle(request: HttpRequest): HttpCall {
    return new Exchange(
      request,
      (incoming, receiver) =>
        this.#handle(new IncomingRequest(this.#guest, incoming), this.#expect(receiver)),
      this.#onInformational,
    );
  }

  /** An outparam that was dropped, or that the last request left unanswered, is not used again. */
  #expect(receiver: ResponseReceiver): ResponseOutparam {
    let outparam = this.#outparam;
    if (outparam === undefined || outparam.disposed || outparam.isExpecting) {
      outparam = new ResponseOutparam(this.#guest);
      this.#outparam = outparam;
    }
    outparam.expect(receiver);
    return outparam;
  }
}

/** One request: what the guest does with it becomes two promises. */
class Exchange implements HttpCall, ResponseReceiver {
  readonly response: Promise<HttpResponse>;
  readonly finished: Promise<void>;
  readonly #upload: InterruptibleBody | undefined;
  readonly #onInformational: ((head: ResponseHead) => void) | undefined;
  readonly #settle: PromiseWithResolvers<HttpResponse> = Promise.withResolvers();
  #download: BodyPipe | undefined;
  #answered = false;
  #cancelled = false;

  constructor(
    { head, body }: HttpRequest,
    call: (request: HttpRequest, receiver: ResponseReceiver) => unknown,
    onInformational: ((head: ResponseHead) => void) | undefined,
  ) {
    this.#upload = body === undefined ? undefined : new InterruptibleBody(body);
    this.#onInformational = onInformational;
    this.response = this.#settle.promise;
    this.finished = this.#run(() => call({ head, body: this.#upload }, this));
    // Whoever waits for one of the two learns what happened from it; the other need not be watched.
    this.response.catch(ignore);
    this.finished.catch(ignore);
  }

  receive(response: Result<OutgoingResponse, HttpErrorCode>): void {
    this.#answered = true;
    if (response.tag === "err") {
      const cause = new HttpError(response.val, `The guest answered with ${response.val.tag}`);
      this.#settle.reject(new HttpGuestError("guest-error", cause.message, { cause }));
      return;
    }
    const message = response.val.send();
    this.#download = message.body;
    if (this.#cancelled) message.body?.cancel();
    this.#settle.resolve(message);
  }

  receiveInformational(head: ResponseHead): void {
    this.#onInformational?.(head);
  }

  forgo(): void {
    this.#refuse("no-response", "The guest dropped the response-outparam without a response");
  }

  cancel(): void {
    if (this.#cancelled) return;
    this.#cancelled = true;
    const gone = new HttpError({ tag: "connection-terminated" }, "The client is gone");
    this.#refuse("cancelled", gone.message);
    this.#upload?.interrupt(gone);
    this.#download?.cancel();
  }

  async #run(call: () => unknown): Promise<void> {
    try {
      await call();
    } catch (error) {
      const failure = toFailure(error);
      this.#settle.reject(failure);
      this.#upload?.cancel();
      this.#download?.abort(failure);
      throw error;
    }
    this.#refuse("no-response", "The guest returned without a response");
    this.#upload?.cancel();
    if (this.#download?.finished === false) this.#download.abort(unfinishedBody());
  }

  #refuse(code: HttpGuestErrorCode, message: string): void {
    if (this.#answered) return;
    this.#answered = true;
    this.#settle.reject(new HttpGuestError(code, message));
  }
}

/** After its call the guest writes no more: a body that it left unfinished stays so. */
function unfinishedBody(): HttpError {
  return new HttpError(
    { tag: "HTTP-response-incomplete" },
    "The guest returned without finishing the body",
  );
}

function ignore(): void {}

/** A reason may quote what the guest answered with, which may be as large as its memory. */
const REASON_MAX = 1000;

/** Why a call threw: its instance was taken away, or it trapped. */
function toFailure(error: unknown): HttpGuestError {
  if (error instanceof GuestDisposedError) {
    return new HttpGuestError("cancelled", error.message, { cause: error });
  }
  const reason = error instanceof Error ? error.message : String(error);
  return new HttpGuestError("guest-trapped", `The guest trapped: ${cutText(reason, REASON_MAX)}`, {
    cause: error,
  });
}
