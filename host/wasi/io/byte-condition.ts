import type { ByteSink, ByteSource } from "../../network/byte-stream.ts";
import type { WaitList } from "../../network/wait-list.ts";
import type { Condition } from "./suspend.ts";

/** Ready when a read has an answer: bytes, or the end. */
export class SourceCondition implements Condition {
  readonly #source: ByteSource;

  constructor(source: ByteSource) {
    this.#source = source;
  }

  get ready(): boolean {
    return this.#source.available > 0 || this.#source.ended;
  }

  get waitList(): WaitList {
    return this.#source.whenReadable;
  }
}

/** Ready when a write has an answer: room for a byte, or the end. */
export class SinkCondition implements Condition {
  readonly #sink: ByteSink;

  constructor(sink: ByteSink) {
    this.#sink = sink;
  }

  get ready(): boolean {
    return this.#sink.capacity > 0 || this.#sink.closed;
  }

  get waitList(): WaitList {
    return this.#sink.whenWritable;
  }
}
