import type { Dispatcher } from "undici";
import { HttpError } from "../error-code.ts";
import type { Body, FieldList, HttpResponse } from "../message.ts";
import { toClientError } from "./failure.ts";
import type { LastChunk } from "./last-chunk.ts";
import { ResponseBody, type Sender } from "./response-body.ts";

/** How long a guest wants to wait, in milliseconds. */
export interface Timeouts {
  /** For a connection. */
  readonly connect: number;
  /** For the head of the response, once there is a connection; counted anew whenever a part of the request leaves. */
  readonly firstByte: number;
  /** For each further part of the response. */
  readonly betweenBytes: number;
}

/** A request as it goes out. */
export interface ClientRequest {
  readonly method: string;
  /** Path and query, from the first slash on. */
  readonly path: string;
  readonly headers: FieldList;
  readonly body: Body | undefined;
  readonly timeouts: Timeouts;
}

type Controller = Dispatcher.DispatchController;

/** One request from its dispatch to the end of its response: what undici tells of it becomes a promise and a body. */
export class ClientExchange implements Dispatcher.DispatchHandler, Sender {
  readonly #request: ClientRequest;
  readonly #lastChunk: LastChunk;
  readonly #settle: PromiseWithResolvers<HttpResponse> = Promise.withResolvers();
  readonly #onEnd: () => void;
  #controller: Controller | undefined;
  #body: ResponseBody | undefined;
  #timer: NodeJS.Timeout | undefined;
  #failure: Error | undefined;
  #ended = false;

  /** `onEnd` is called once, when nothing more will happen. */
  constructor(request: ClientRequest, lastChunk: LastChunk, onEnd: () => void) {
    this.#request = request;
    this.#lastChunk = lastChunk;
    this.#onEnd = onEnd;
    this.#arm(request.timeouts.connect, "connection-timeout", "No connection");
  }

  /** The response with its body still on its way. Rejects with `HttpError`. */
  get response(): Promise<HttpResponse> {
    return this.#settle.promise;
  }

  /** Ends the exchange: what did not arrive never will. */
  fail(failure: Error): void {
    if (this.#ended) return;
    this.#failure = failure;
    this.#controller?.abort(failure);
    this.#end(failure);
  }

  pause(): void {
    this.#controller?.pause();
    clearTimeout(this.#timer);
  }

  resume(): void {
    if (this.#ended) return;
    this.#armBody();
    this.#controller?.resume();
  }

  abort(): void {
    this.fail(new HttpError({ tag: "connection-terminated" }, "The guest wants no more"));
  }

  onRequestStart(controller: Controller): void {
    this.#controller = controller;
    if (this.#failure !== undefined) controller.abort(this.#failure);
    else this.#arm(this.#request.timeouts.firstByte, "connection-read-timeout", "No response");
  }

  onBodySent(): void {
    if (this.#body === undefined) this.#timer?.refresh();
  }

  onRequestSent(): void {
    this.#lastChunk.setTrailers(this.#request.body?.trailers);
  }

  onResponseStart({ rawHeaders }: Controller, status: number): void {
    // The interim ones (RFC 9110 §15.2) are not for guests.
    if (status < 200 || this.#ended) return;
    this.#body = new ResponseBody(this);
    this.#armBody();
    const head = { status, headers: toFieldList(rawHeaders) };
    this.#settle.resolve({ head, body: this.#body });
  }

  onResponseData(_controller: Controller, chunk: Buffer): void {
    this.#body?.push(chunk);
    if (this.#body?.paused === false) this.#timer?.refresh();
  }

  onResponseEnd({ rawTrailers }: Controller): void {
    const fields = toFieldList(rawTrailers);
    this.#body?.end(fields.length === 0 ? undefined : fields);
    // A body that has ended cannot fail any more; without a head there is none.
    this.#end(this.#body === undefined ? incomplete() : undefined);
  }

  onResponseError(_controller: Controller, error: Error): void {
    this.#end(toClientError(error, this.#body !== undefined));
  }

  #end(failure: Error | undefined): void {
    if (this.#ended) return;
    this.#ended = true;
    clearTimeout(this.#timer);
    if (failure !== undefined) {
      const error = toClientError(failure, this.#body !== undefined);
      this.#body?.fail(error);
      this.#settle.reject(error);
    }
    this.#onEnd();
  }

  #armBody(): void {
    const { betweenBytes } = this.#request.timeouts;
    this.#arm(betweenBytes, "connection-read-timeout", "Nothing more of the response");
  }

  #arm(timeout: number, tag: "connection-timeout" | "connection-read-timeout", what: string): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.fail(new HttpError({ tag }, `${what} came within ${timeout} ms`));
    }, timeout);
  }
}

function incomplete(): HttpError {
  return new HttpError({ tag: "HTTP-response-incomplete" }, "The response has no head");
}

/** Fields as undici has them: names and values in turn from HTTP/1.1, an object from HTTP/2 or of trailers. */
function toFieldList(raw: unknown): FieldList {
  if (Array.isArray(raw)) {
    const fields: [string, string][] = [];
    for (let index = 0; index + 1 < raw.length; index += 2) {
      fields.push([toText(raw[index]), toText(raw[index + 1])]);
    }
    return fields;
  }
  if (typeof raw !== "object" || raw === null) return [];
  return Object.entries(raw).flatMap(([name, value]: [string, unknown]) => {
    if (name.startsWith(":")) return [];
    const values: readonly unknown[] = Array.isArray(value) ? value : [value];
    return values.map((one): [string, string] => [name, toText(one)]);
  });
}

function toText(value: unknown): string {
  return Buffer.isBuffer(value) ? value.toString("latin1") : String(value);
}
