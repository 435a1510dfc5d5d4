import type { ByteSource } from "../../network/byte-stream.ts";
import type { WaitList } from "../../network/wait-list.ts";
import type { Guest } from "../guest.ts";
import { GuestError } from "../guest-error.ts";
import { InputStream } from "../io/input-stream.ts";
import { Resource } from "../resource.ts";
import { toHttpError } from "./error-code.ts";
import { FutureTrailers } from "./future-trailers.ts";
import type { Body } from "./message.ts";

/** `wasi:http/types.incoming-body`, which owns the body: dropping it tells the sender to stop. */
export class IncomingBody extends Resource {
  readonly #body: Body;
  #stream: InputStream | undefined;
  #finished = false;

  constructor(guest: Guest, body: Body) {
    super(guest);
    this.#body = body;
  }

  /** The stream to read from; WIT: "Returns success on first call [...]. Subsequent calls will return error." */
  stream(): InputStream {
    const stream = this.tryStream();
    if (stream === undefined) throw new GuestError(undefined);
    return stream;
  }

  /** As `stream`; undefined after the first call. */
  tryStream(): InputStream | undefined {
    if (this.#stream !== undefined) return undefined;
    this.#stream = new InputStream(this.guest, new BodySource(this.#body));
    return this.#stream;
  }

  /**
   * Consumes the resource: what is left of the body is skipped and its trailers are waited for.
   * WIT: "This function will trap if the `input-stream` child is still alive."
   */
  finish(): FutureTrailers {
    if (this.#stream?.disposed === false) {
      throw new RangeError("Cannot finish a body: its input-stream is still alive");
    }
    const trailers = new FutureTrailers(this.guest, this.#body);
    this.#finished = true;
    this[Symbol.dispose]();
    return trailers;
  }

  protected override drop(): void {
    if (!this.#finished) this.#body.cancel();
  }
}

/** `incoming-body.finish`. */
export function finishIncomingBody(body: IncomingBody): FutureTrailers {
  return body.finish();
}

/** The body as one input-stream sees it: dropping the stream leaves the trailers to `finish`. */
class BodySource implements ByteSource {
  readonly #body: Body;

  constructor(body: Body) {
    this.#body = body;
  }

  get available(): number {
    return this.#body.available;
  }

  get ended(): boolean {
    return this.#body.ended;
  }

  get failure(): Error | undefined {
    const { failure } = this.#body;
    return failure === undefined ? undefined : toHttpError(failure);
  }

  get whenReadable(): WaitList {
    return this.#body.whenReadable;
  }

  readInto(target: Uint8Array): number {
    return this.#body.readInto(target);
  }

  cancel(): void {}
}
