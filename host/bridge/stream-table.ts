import { LinkError } from "./error.ts";
import { fromFailure } from "./failure.ts";
import type { StreamMessage } from "./stream-message.ts";
import type { StreamPort } from "./stream-port.ts";
import { StreamSink } from "./stream-sink.ts";
import { StreamSource } from "./stream-source.ts";

/**
 * The streams of one end of a link.
 *
 * All streams share the link's own port, told apart by ID: a `MessagePort` for each would cost two handles,
 * a transfer and a wake-up per stream and would lose the order between a head and its body.
 *
 * An entry lives until the writer's final message, so whatever a reader hears of an ID without an entry is a
 * violation. A writer may hear of credit or a cancel that crossed its final message; those are ignored.
 */
export class StreamTable {
  readonly #port: StreamPort;
  readonly #sinks = new Map<number, StreamSink>();
  readonly #sources = new Map<number, StreamSource>();
  #highestSink = 0;

  constructor(port: StreamPort) {
    this.#port = port;
  }

  /** Streams that have not seen their final message. */
  get size(): number {
    return this.#sinks.size + this.#sources.size;
  }

  /** Opens the writing end, after the message that announces it was sent with `used` bytes inside. */
  openSink(id: number, used: number, finished?: () => void): StreamSink {
    const sink = new StreamSink(this.#port, id, used, () => {
      this.#sinks.delete(id);
      finished?.();
    });
    if (this.#port.failure !== undefined) {
      sink.break(this.#port.failure);
      return sink;
    }
    this.#sinks.set(id, sink);
    this.#highestSink = Math.max(this.#highestSink, id);
    return sink;
  }

  /** Opens the reading end of a stream that the other end announced. Throws `LinkError` where the ID is taken. */
  openSource(id: number, first: Uint8Array | undefined, finished?: () => void): StreamSource {
    if (this.#sources.has(id)) {
      throw new LinkError("protocol-violation", `Stream ${id} was opened twice`);
    }
    const source = new StreamSource(this.#port, id, () => {
      this.#sources.delete(id);
      finished?.();
    });
    this.#sources.set(id, source);
    if (first !== undefined && first.length > 0) source.receiveData(first);
    return source;
  }

  /** Handles what the other end says. Throws `LinkError` for what it must not say. */
  receive(message: StreamMessage): void {
    switch (message.tag) {
      case "stream-data":
        this.#source(message.id).receiveData(message.bytes);
        break;
      case "stream-end":
        this.#source(message.id).receiveEnd(message.trailers);
        break;
      case "stream-abort":
        this.#source(message.id).receiveAbort(fromFailure(message.failure));
        break;
      case "stream-credit":
        this.#sink(message.id)?.receiveCredit(message.bytes);
        break;
      case "stream-cancel":
        this.#sink(message.id)?.receiveCancel();
        break;
    }
  }

  /** The link is gone: every stream fails. */
  break(failure: LinkError): void {
    for (const sink of this.#sinks.values()) sink.break(failure);
    for (const source of this.#sources.values()) source.receiveAbort(failure);
  }

  #source(id: number): StreamSource {
    const source = this.#sources.get(id);
    if (source === undefined) {
      throw new LinkError("protocol-violation", `Stream ${id} is not open`);
    }
    return source;
  }

  #sink(id: number): StreamSink | undefined {
    const sink = this.#sinks.get(id);
    if (sink === undefined && !(id <= this.#highestSink)) {
      throw new LinkError("protocol-violation", `Stream ${id} was never opened`);
    }
    return sink;
  }
}
