import { ByteChannel } from "../../network/byte-channel.ts";
import type { ByteSink } from "../../network/byte-stream.ts";
import type { WaitList } from "../../network/wait-list.ts";
import { HttpError, type HttpErrorCode, type U64Code } from "./error-code.ts";
import type { Body, FieldList } from "./message.ts";

/** How many bytes of a body wait for their reader; a guest that writes more has to wait. */
export const BODY_BUFFER: number = 128 * 1024;

/**
 * The body that a guest writes: `sink` is its end, the pipe itself the reader's.
 * It counts against the length that the message announced, if it did.
 */
export class BodyPipe implements Body {
  readonly sink: ByteSink;
  trailers: FieldList | undefined;
  readonly #channel = new ByteChannel(BODY_BUFFER);
  readonly #length: number | undefined;
  readonly #sizeCode: U64Code;
  #written = 0;

  constructor(length: number | undefined, sizeCode: U64Code) {
    this.#length = length;
    this.#sizeCode = sizeCode;
    this.sink = new BodySink(this.#channel, (count) => this.#count(count));
  }

  get available(): number {
    return this.#channel.available;
  }

  get ended(): boolean {
    return this.#channel.ended;
  }

  get failure(): Error | undefined {
    return this.#channel.failure;
  }

  get whenReadable(): WaitList {
    return this.#channel.whenReadable;
  }

  readInto(target: Uint8Array): number {
    return this.#channel.readInto(target);
  }

  cancel(): void {
    this.#channel.cancel();
  }

  /** Whether nothing will be written any more: the body ended or broke, or its reader left. */
  get finished(): boolean {
    return this.#channel.closed;
  }

  /**
   * Ends the body. WIT: "Fails if the body's `Content-Length` header was constructed, and the contents written to
   * the body [...] does not match the value given in the Content-Length"; the body is then broken, and the code returned.
   */
  finish(trailers: FieldList | undefined): HttpErrorCode | undefined {
    if (this.#length !== undefined && this.#written !== this.#length && !this.#channel.closed) {
      this.abort(this.#sizeError());
    }
    const { failure } = this.#channel;
    if (failure !== undefined) {
      return failure instanceof HttpError ? failure.code : { tag: "connection-terminated" };
    }
    this.trailers = trailers;
    this.#channel.end();
    return undefined;
  }

  /** Breaks the body, unless it ended in order. */
  abort(failure: Error): void {
    this.#channel.abort(failure);
  }

  /** Counts bytes about to be written and says whether they still fit. */
  #count(count: number): boolean {
    this.#written += count;
    if (this.#length === undefined || this.#written <= this.#length) return true;
    this.abort(this.#sizeError());
    return false;
  }

  #sizeError(): HttpError {
    return new HttpError(
      { tag: this.#sizeCode, val: BigInt(this.#written) },
      `The body has ${this.#written} bytes, its content-length is ${this.#length}`,
    );
  }
}

/** The end of a pipe that an output-stream owns. Dropping the stream does not end the body: `finish` does. */
class BodySink implements ByteSink {
  readonly #channel: ByteChannel;
  readonly #count: (count: number) => boolean;

  constructor(channel: ByteChannel, count: (count: number) => boolean) {
    this.#channel = channel;
    this.#count = count;
  }

  get capacity(): number {
    return this.#channel.capacity;
  }

  get closed(): boolean {
    return this.#channel.closed;
  }

  get failure(): Error | undefined {
    return this.#channel.failure;
  }

  get whenWritable(): WaitList {
    return this.#channel.whenWritable;
  }

  /** Bytes beyond the announced length break the body instead of being written. */
  write(bytes: Uint8Array): void {
    if (this.#count(bytes.length)) this.#channel.write(bytes);
  }

  end(): void {}

  abort(failure: Error): void {
    this.#channel.abort(failure);
  }
}
