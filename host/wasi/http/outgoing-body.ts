import { checkResource } from "../check-argument.ts";
import type { Guest } from "../guest.ts";
import { GuestError } from "../guest-error.ts";
import { OutputStream } from "../io/output-stream.ts";
import { Resource } from "../resource.ts";
import type { BodyPipe } from "./body-pipe.ts";
import { HttpError, type HttpErrorCode } from "./error-code.ts";
import { Fields } from "./fields.ts";

/** `wasi:http/types.outgoing-body`. */
export class OutgoingBody extends Resource {
  readonly #pipe: BodyPipe;
  #stream: OutputStream | undefined;

  constructor(guest: Guest, pipe: BodyPipe) {
    super(guest);
    this.#pipe = pipe;
  }

  /** The stream to write to; WIT: "Returns success on the first call [...]. Subsequent calls will return error." */
  write(): OutputStream {
    const stream = this.tryWrite();
    if (stream === undefined) throw new GuestError(undefined);
    return stream;
  }

  /** As `write`; undefined after the first call. */
  tryWrite(): OutputStream | undefined {
    if (this.#stream !== undefined) return undefined;
    this.#stream = new OutputStream(this.guest, this.#pipe.sink);
    return this.#stream;
  }

  /**
   * Ends the body with these trailers, consumes both, and returns the error-code where that fails.
   * WIT: the output-stream "must be dropped before the `outgoing-body` resource is [...] finished, otherwise [it] will trap".
   */
  finish(trailers: Fields | undefined): HttpErrorCode | undefined {
    if (this.#stream?.disposed === false) {
      throw new RangeError("Cannot finish a body: its output-stream is still alive");
    }
    if (trailers !== undefined) checkResource(trailers, Fields);
    const code = this.#pipe.finish(trailers?.map.entries);
    trailers?.[Symbol.dispose]();
    this[Symbol.dispose]();
    return code;
  }

  /** WIT: "If the `outgoing-body` is dropped without calling [finish], the implementation should treat the body as corrupted." */
  protected override drop(): void {
    if (!this.#pipe.finished) this.#pipe.abort(unfinished());
  }
}

/** `outgoing-body.finish`; throws a `GuestError<HttpErrorCode>`. */
export function finishOutgoingBody(body: OutgoingBody, trailers: Fields | undefined): void {
  const code = body.finish(trailers);
  if (code !== undefined) throw new GuestError(code);
}

function unfinished(): HttpError {
  return new HttpError(
    { tag: "HTTP-response-incomplete" },
    "The guest dropped the body without finishing it",
  );
}
