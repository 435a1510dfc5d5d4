import type { FastifyReply } from "fastify";
import { EventStream } from "./event-stream.ts";
import { STREAM_BUFFER_MAX, STREAMS_MAX } from "./limits.ts";
import { ProblemError } from "./problem.ts";

/** All streams of an API; there are only so many at a time. */
export class EventStreams implements Disposable {
  readonly #streams = new Set<EventStream>();
  readonly #max: number;
  readonly #bufferMax: number;

  constructor(max: number = STREAMS_MAX, bufferMax: number = STREAM_BUFFER_MAX) {
    this.#max = max;
    this.#bufferMax = bufferMax;
  }

  get size(): number {
    return this.#streams.size;
  }

  /** Answers a request with a stream. Throws `ProblemError` where there are too many. */
  open(reply: FastifyReply): EventStream {
    if (this.#streams.size >= this.#max) {
      throw new ProblemError(
        "too-many-streams",
        `The host has ${this.#max} streams of events open, and no more than that`,
        { headers: { "retry-after": "5" } },
      );
    }
    reply.hijack();
    const stream = new EventStream(reply.raw, this.#bufferMax);
    this.#streams.add(stream);
    stream.defer(() => this.#streams.delete(stream));
    return stream;
  }

  /** Ends all of them. */
  [Symbol.dispose](): void {
    for (const stream of this.#streams) stream.end("The host is stopping");
  }
}
