import type { IncomingMessage } from "node:http";
import { WaitList } from "../../network/wait-list.ts";
import type { Body, FieldList } from "../../wasi/http/message.ts";
import { toFieldList } from "./field-list.ts";

/**
 * The body of a request that arrives, as a stream that never waits.
 * Node's own buffer is the only one: what is not read stays there, and then in the client's kernel.
 */
export class RequestBody implements Body {
  readonly whenReadable: WaitList = new WaitList();
  readonly #message: IncomingMessage;
  #ended = false;
  #failure: Error | undefined;

  constructor(message: IncomingMessage) {
    this.#message = message;
    message.on("readable", () => this.#onReadable());
    message.on("end", () => this.#finish(undefined));
    message.on("error", (error) => this.#finish(error));
    message.on("close", () => this.#finish(new Error("The client closed the connection")));
  }

  get available(): number {
    return this.#ended ? 0 : this.#message.readableLength;
  }

  get ended(): boolean {
    return this.#ended;
  }

  get failure(): Error | undefined {
    return this.#failure;
  }

  get trailers(): FieldList | undefined {
    const { rawTrailers } = this.#message;
    return this.#ended && rawTrailers.length > 0 ? toFieldList(rawTrailers) : undefined;
  }

  readInto(target: Uint8Array): number {
    const length = Math.min(target.length, this.available);
    if (length === 0) return 0;
    const chunk: unknown = this.#message.read(length);
    if (!(chunk instanceof Uint8Array)) return 0;
    target.set(chunk);
    // Only an empty read makes Node fetch more, and announce the end.
    if (this.#message.readableLength === 0) this.#message.read(0);
    return chunk.length;
  }

  cancel(): void {
    if (this.#ended) return;
    this.#finish(new Error("The workload stopped reading the request"));
    // The rest is read and dropped, so that the answer gets through and the connection can serve another request.
    // While anybody listens for `readable`, Node does not let it flow.
    this.#message.removeAllListeners("readable");
    this.#message.resume();
  }

  #onReadable(): void {
    if (this.#message.readableLength === 0) this.#message.read(0);
    else this.whenReadable.notify();
  }

  #finish(failure: Error | undefined): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#failure = failure;
    this.whenReadable.notify();
  }
}
