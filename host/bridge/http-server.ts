import { cutMessage } from "../../policy/cut-text.ts";
import { TurnoverMap } from "../network/turnover.ts";
import { WaitList } from "../network/wait-list.ts";
import type { Body, HttpRequest, HttpResponse } from "../wasi/http/message.ts";
import { beginBody, isPlain, pumpBody, receiveBody, toSendable, usedBy } from "./body.ts";
import { CallError, LinkError } from "./error.ts";
import type { Link } from "./link.ts";
import type { MessageToCell } from "./message-to-cell.ts";
import type { MessageToMain } from "./message-to-main.ts";
import type { StreamTable } from "./stream-table.ts";

/**
 * What a handler learns of the caller. Lighter than an `AbortSignal`, whose creation and listener cost
 * more than the rest of a small call together.
 */
export interface HttpCall {
  /** The component that is to answer, by name. */
  readonly target: string;
  /** Whether nobody wants the answer any more. */
  readonly cancelled: boolean;
  /** Notified when `cancelled` becomes true. */
  readonly whenCancelled: WaitList;
}

/** Answers a request. A rejection with `CallError` is told to the caller, any other becomes `guest-failed`. */
export type HttpHandler = (request: HttpRequest, call: HttpCall) => Promise<HttpResponse>;

type ServerMessage = Extract<MessageToCell, { tag: "http-request" | "http-cancel" }>;

/** The cell's side of HTTP over a link. Each request gets exactly one final message, a cancelled one too. */
export class HttpServer {
  readonly #link: Link<MessageToMain, MessageToCell>;
  readonly #streams: StreamTable;
  readonly #handler: HttpHandler;
  /** Calls that were not answered yet or whose answer still flows. */
  readonly #calls = new TurnoverMap<number, Call>();
  #highest = 0;

  constructor(
    link: Link<MessageToMain, MessageToCell>,
    streams: StreamTable,
    handler: HttpHandler,
  ) {
    this.#link = link;
    this.#streams = streams;
    this.#handler = handler;
  }

  /** Handles what the main thread says. Throws `LinkError` for an ID that was used before. */
  receive(message: ServerMessage): void {
    switch (message.tag) {
      case "http-request":
        if (!(message.id > this.#highest)) {
          throw new LinkError("protocol-violation", `Request ${message.id} came out of order`);
        }
        this.#highest = message.id;
        this.#call(message.id, message);
        break;
      case "http-cancel":
        // The call may have ended while the message was under way.
        this.#calls.get(message.id)?.cancel();
        break;
    }
  }

  /** The link is gone: every call is cancelled. */
  break(): void {
    for (const call of this.#calls.values()) call.cancel();
    this.#calls.clear();
  }

  #call(id: number, message: Extract<ServerMessage, { tag: "http-request" }>): void {
    const upload = receiveBody(message.body, id, this.#streams);
    const call = new Call(message.target);
    this.#calls.set(id, call);
    this.#handler({ head: message.head, body: upload }, call).then(
      (response) => this.#respond(id, call, response, upload),
      (error: unknown) => this.#fail(id, call, error, upload),
    );
  }

  #respond(id: number, call: Call, response: HttpResponse, upload: Body | undefined): void {
    if (response.body === undefined) {
      this.#sendResponse(id, response, undefined);
      this.#finish(id, upload);
      return;
    }
    const source = response.body;
    // A guest that writes its answer in one go is done by the time the batch leaves.
    this.#link.beforeFlush(() => {
      if (call.cancelled) {
        source.cancel();
        this.#fail(id, call, new Error("The client is gone"), upload);
        return;
      }
      const body = beginBody(source);
      this.#sendResponse(id, response, body);
      if (body?.tag !== "stream") {
        this.#finish(id, upload);
        return;
      }
      const sink = this.#streams.openSink(id, usedBy(body), () => {
        // A reader that left before the end has gone for good.
        if (!source.ended) call.cancel();
        this.#finish(id, upload);
      });
      pumpBody(source, sink);
    });
  }

  #sendResponse(
    id: number,
    response: HttpResponse,
    body: Extract<MessageToMain, { tag: "http-response" }>["body"],
  ): void {
    const { status, headers } = response.head;
    const fields = toSendable(headers);
    const message = { tag: "http-response", id, head: { status, headers: fields }, body } as const;
    if (isPlain(fields, body)) this.#link.sendPlain(message);
    else this.#link.send(message);
  }

  #fail(id: number, call: Call, error: unknown, upload: Body | undefined): void {
    const failure =
      error instanceof CallError
        ? error
        : new CallError(
            call.cancelled ? "cancelled" : "guest-failed",
            call.target,
            error instanceof Error ? error.message : String(error),
          );
    this.#link.send({
      tag: "http-failure",
      id,
      code: failure.code,
      guest: failure.guest,
      reason: cutMessage(failure.message),
    });
    this.#finish(id, upload);
  }

  /** Nobody will read the rest of the request. */
  #finish(id: number, upload: Body | undefined): void {
    this.#calls.delete(id);
    upload?.cancel();
  }
}

class Call implements HttpCall {
  readonly target: string;
  readonly whenCancelled: WaitList = new WaitList();
  #cancelled = false;

  constructor(target: string) {
    this.target = target;
  }

  get cancelled(): boolean {
    return this.#cancelled;
  }

  cancel(): void {
    if (this.#cancelled) return;
    this.#cancelled = true;
    this.whenCancelled.notify();
  }
}
