import { HttpError } from "../error-code.ts";
import type { Body } from "../message.ts";

/** Bytes that are handed over at a time. */
const CHUNK = 64 * 1024;

/** The bytes of `body` as they come, for whoever takes iterables; throws where the body breaks. */
export async function* chunksOf(body: Body): AsyncGenerator<Buffer, void, undefined> {
  try {
    for (;;) {
      while (body.available > 0) {
        const chunk = Buffer.allocUnsafe(Math.min(body.available, CHUNK));
        body.readInto(chunk);
        yield chunk;
      }
      if (body.ended) break;
      await new Promise<void>((resolve) => {
        body.whenReadable.add(resolve);
      });
    }
    if (body.failure !== undefined) throw asHttpError(body.failure);
  } finally {
    // Whoever stops early wants no more: the guest is to hear of it.
    if (!body.ended) body.cancel();
  }
}

function asHttpError(failure: Error): HttpError {
  if (failure instanceof HttpError) return failure;
  return new HttpError({ tag: "HTTP-protocol-error" }, failure.message, { cause: failure });
}
