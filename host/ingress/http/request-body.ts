import { WaitList } from "../../network/wait-list.ts";
import type { Body, FieldList } from "../../wasi/http/message.ts";
import { toFieldList } from "./field-list.ts";
import type { IncomingRequestMessage } from "./visitor.ts";

export interface RequestBodyLimits {
  /** Bytes. */
  readonly bodySize: number;
  /** Milliseconds that whoever reads waits for more. */
  readonly stallTimeout: number;
}

/**
 * The body of a request that arrives, as a stream that never waits.
 * Node's own buffer is the only one: what is not read stays there, and then in the client's kernel.
 */
export class RequestBody implements Body {
  readonly whenReadable: WaitList = new WaitList();
  readonly #message: IncomingRequestMessage;
  readonly #limits: RequestBodyLimits;
  #timer: NodeJS.Timeout | undefined;
  #hasMoved = false;
  #received = 0;
  #ended = false;
  #failure: Error | undefined;
  #refusal: 408 | 413 | undefined;

  constructor(message: IncomingRequestMessage, limits: RequestBodyLimits) {
    this.#message = message;
    this.#limits = limits;
    message.on("readable", () => this.#onReadable());
    message.on("end", () => this.#finish(undefined));
    message.on("error", (error) => this.#finish(error));
    message.on("aborted", () => this.#finish(gone()));
    message.on("close", () => {
      clearTimeout(this.#timer);
      this.#finish(gone());
    });
    this.#timer = setTimeout(() => this.#checkStall(), limits.stallTimeout).unref();
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

  /** The status to answer with where the ingress itself broke the body: too large, or too slow. */
  get refusal(): 408 | 413 | undefined {
    return this.#refusal;
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
    this.#received += chunk.length;
    if (this.#received > this.#limits.bodySize) {
      this.#refuse(413, `The request has more than ${this.#limits.bodySize} bytes`);
      return 0;
    }
    target.set(chunk);
    // Only an empty read makes Node fetch more, and announce the end.
    if (this.#message.readableLength === 0) this.#message.read(0);
    return chunk.length;
  }

  cancel(): void {
    if (this.#ended) return;
    this.#finish(new Error("The workload stopped reading the request"));
    this.#drop();
  }

  #onReadable(): void {
    this.#hasMoved = true;
    if (this.#message.readableLength === 0) this.#message.read(0);
    else this.whenReadable.notify();
  }

  /** A client that is slower than its reader for too long; one whose reader is slow has done nothing wrong. */
  #checkStall(): void {
    if (this.#ended) return;
    if (!this.#hasMoved && !this.whenReadable.isEmpty) {
      this.#refuse(408, "The rest of the request did not arrive in time");
      return;
    }
    this.#hasMoved = false;
    this.#timer?.refresh();
  }

  #refuse(refusal: 408 | 413, message: string): void {
    this.#refusal = refusal;
    this.#finish(new Error(message));
    this.#drop();
  }

  #drop(): void {
    // The rest is read and dropped, so that the answer gets through and the connection can serve another request;
    // but not for ever. While anybody listens for `readable`, Node does not let it flow.
    this.#timer = setTimeout(() => this.#message.destroy(), this.#limits.stallTimeout).unref();
    this.#message.removeAllListeners("readable");
    this.#message.resume();
    this.#message.once("end", () => clearTimeout(this.#timer));
  }

  #finish(failure: Error | undefined): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#failure = failure;
    clearTimeout(this.#timer);
    this.whenReadable.notify();
  }
}

function gone(): Error {
  return new Error("The client closed the connection");
}
