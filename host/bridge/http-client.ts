import type { CancelSignal } from "../network/cancel-signal.ts";
import { TurnoverList, TurnoverMap } from "../network/turnover.ts";
import type { Body, HttpRequest, HttpResponse } from "../wasi/http/message.ts";
import { beginBody, isPlain, pumpBody, receiveBody, toSendable, usedBy } from "./body.ts";
import { CallError, LinkError } from "./error.ts";
import { IdSequence } from "./id-sequence.ts";
import type { Link } from "./link.ts";
import type { MessageToCell } from "./message-to-cell.ts";
import type { MessageToMain } from "./message-to-main.ts";
import type { StreamSink } from "./stream-sink.ts";
import type { StreamTable } from "./stream-table.ts";

/** Calls under way on one link before more are refused as `overloaded`. */
export const MAX_CALLS: number = 4096;

type ClientMessage = Extract<MessageToMain, { tag: "http-response" | "http-failure" }>;

/** A call whose final message has not come. */
interface Call {
  readonly signal: CancelSignal;
  readonly resolve: (response: HttpResponse) => void;
  readonly reject: (reason: unknown) => void;
  readonly onAbort: () => void;
  /** Given when the request is sent, so that the cell gets them in order; undefined until then. */
  id: number | undefined;
  /** Its place among those that are still to be sent. */
  ticket: number;
  upload: StreamSink | undefined;
  cancelled: boolean;
}

/** The main thread's side of HTTP over a link: a request crosses once each way with whatever of its body is there. */
export class HttpClient {
  readonly #link: Link<MessageToCell, MessageToMain>;
  readonly #streams: StreamTable;
  readonly #calls = new TurnoverMap<number, Call>();
  /** Calls whose request is still to be sent, in this turn. */
  readonly #unsent = new TurnoverList<Call>();
  readonly #ids: IdSequence;

  /** `ids` is shared with whatever else opens streams on the link. */
  constructor(
    link: Link<MessageToCell, MessageToMain>,
    streams: StreamTable,
    ids: IdSequence = new IdSequence(),
  ) {
    this.#link = link;
    this.#streams = streams;
    this.#ids = ids;
  }

  /** Calls that wait for their response. */
  get size(): number {
    return this.#calls.size + this.#unsent.size;
  }

  /**
   * Has the cell's component `target` answer `request`.
   * Rejects with `CallError`, with `LinkError` where the cell is gone, or with the signal's reason.
   * The signal covers the body of the response too: aborting it cancels the guest.
   */
  request(request: HttpRequest, target: string, signal: CancelSignal): Promise<HttpResponse> {
    return new Promise((resolve, reject) => {
      signal.throwIfAborted();
      if (this.#link.failure !== undefined) throw this.#link.failure;
      if (this.size >= MAX_CALLS) {
        throw new CallError("overloaded", target, `${MAX_CALLS} requests are under way`);
      }
      const call: Call = {
        signal,
        resolve,
        reject,
        onAbort: () => this.#cancel(call, request),
        id: undefined,
        ticket: 0,
        upload: undefined,
        cancelled: false,
      };
      signal.addEventListener("abort", call.onAbort, { once: true });
      if (request.body === undefined) {
        this.#send(call, target, request);
        return;
      }
      // A small body arrives in the same turn as its head; by the time the batch leaves it is complete.
      call.ticket = this.#unsent.add(call);
      this.#link.beforeFlush(() => {
        if (this.#unsent.delete(call.ticket)) this.#send(call, target, request);
      });
    });
  }

  /** Handles the cell's answer. Throws `LinkError` for one that nobody asked for. */
  receive(message: ClientMessage): void {
    const { id } = message;
    const call = this.#calls.get(id);
    if (call === undefined) {
      throw new LinkError("protocol-violation", `Answer to ${id}, which is not under way`);
    }
    call.signal.removeEventListener("abort", call.onAbort);
    switch (message.tag) {
      case "http-response":
        this.#respond(call, message);
        break;
      case "http-failure":
        call.upload?.abort(new LinkError("closed", "The call has failed"));
        call.reject(new CallError(message.code, message.guest, message.reason));
        break;
    }
    // Not before: a malformed answer ends the link, and then the call as one of those under way.
    this.#calls.delete(id);
  }

  /** The link is gone: whoever still waits is told. */
  break(failure: LinkError): void {
    for (const call of this.#calls.values()) this.#fail(call, failure);
    this.#calls.clear();
    for (const call of this.#unsent.values()) {
      this.#unsent.delete(call.ticket);
      this.#fail(call, failure);
    }
  }

  #fail({ signal, onAbort, reject }: Call, failure: LinkError): void {
    signal.removeEventListener("abort", onAbort);
    reject(failure);
  }

  #send(call: Call, target: string, request: HttpRequest): void {
    const id = this.#ids.next();
    call.id = id;
    this.#calls.set(id, call);
    const { method, scheme, authority, pathWithQuery, headers } = request.head;
    const body = beginBody(request.body);
    const fields = toSendable(headers);
    const message = {
      tag: "http-request",
      id,
      target,
      head: { method, scheme, authority, pathWithQuery, headers: fields },
      body,
    } as const;
    if (isPlain(fields, body)) this.#link.sendPlain(message);
    else this.#link.send(message);
    if (body?.tag === "stream" && request.body !== undefined) {
      call.upload = this.#streams.openSink(id, usedBy(body));
      pumpBody(request.body, call.upload);
    }
  }

  #respond(call: Call, message: Extract<ClientMessage, { tag: "http-response" }>): void {
    const { head, id } = message;
    if (!(head.status >= 100 && head.status <= 599) || !Array.isArray(head.headers)) {
      throw new LinkError("protocol-violation", `Answer ${id} has no valid head`);
    }
    let body: Body | undefined;
    const onAbort = (): void => body?.cancel();
    body = receiveBody(message.body, id, this.#streams, () => {
      call.signal.removeEventListener("abort", onAbort);
    });
    if (call.cancelled) {
      body?.cancel();
      return;
    }
    if (message.body?.tag === "stream") {
      call.signal.addEventListener("abort", onAbort, { once: true });
    }
    call.resolve({ head, body });
  }

  #cancel(call: Call, request: HttpRequest): void {
    const { id } = call;
    if (id === undefined) {
      this.#unsent.delete(call.ticket);
    } else {
      // The entry stays until the cell's final message, so that it is not taken for a stray one.
      call.cancelled = true;
      this.#link.send({ tag: "http-cancel", id });
    }
    request.body?.cancel();
    call.upload?.abort(new LinkError("closed", "The request was cancelled"));
    call.reject(call.signal.reason);
  }
}
