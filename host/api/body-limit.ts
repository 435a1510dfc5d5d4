import { Transform } from "node:stream";
import type { IncomingMessage } from "node:http";
import type { preParsingAsyncHookHandler } from "fastify";
import { BODY_MAX, MANIFESTS_MAX } from "./limits.ts";
import { ProblemError } from "./problem.ts";

/** Options of a route that takes manifests: large ones from an administrator, from others what every route takes. */
export function manifestsLimit(isAdmin: (request: IncomingMessage) => boolean): {
  readonly bodyLimit: number;
  readonly preParsing: preParsingAsyncHookHandler;
} {
  return {
    bodyLimit: MANIFESTS_MAX,
    preParsing: async (request, _reply, payload) => {
      if (isAdmin(request.raw)) return payload;
      if (Number(request.headers["content-length"]) > BODY_MAX) throw tooLarge();
      // Not a pipeline: the connection is needed for the answer.
      return payload.pipe(new Bounded());
    },
  };
}

/** Passes on what every route takes, and fails with more. */
class Bounded extends Transform {
  #bytes = 0;

  override _transform(
    chunk: Buffer,
    _encoding: BufferEncoding,
    done: (error: Error | null, chunk?: Buffer) => void,
  ): void {
    this.#bytes += chunk.length;
    if (this.#bytes > BODY_MAX) done(tooLarge());
    else done(null, chunk);
  }
}

function tooLarge(): ProblemError {
  return new ProblemError(
    "too-large",
    `The body is larger than ${BODY_MAX} bytes, which is what comes over TCP. Over the host's socket it may have ${MANIFESTS_MAX}`,
  );
}
