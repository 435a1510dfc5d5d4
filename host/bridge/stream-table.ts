import type { NetworkQuota } from "../network/quota.ts";
import { TurnoverMap } from "../network/turnover.ts";
import { LinkError } from "./error.ts";
import { fromFailure } from "./failure.ts";
import { ChunkBorrower, ChunkLender } from "./shared-chunks.ts";
import { StreamBudget } from "./stream-budget.ts";
import type { StreamMessage } from "./stream-message.ts";
import type { StreamPort } from "./stream-port.ts";
import { type ChunkMemory, StreamSink } from "./stream-sink.ts";
import { type Pressure, StreamSource } from "./stream-source.ts";

export interface StreamTableOptions {
  /** Whether bytes that are written cross in memory that both threads share, where it has room. */
  readonly lend?: boolean;
  /** What this end's writers have under way counts as pages of it; without it, each has its window. */
  readonly quota?: NetworkQuota | undefined;
}

/**
 * The streams of one end of a link.
 *
 * All streams share the link's own port, told apart by ID: a `MessagePort` for each would cost two handles,
 * a transfer and a wake-up per stream and would lose the order between a head and its body.
 *
 * An entry lives until the writer's final message, so whatever a reader hears of an ID without an entry is a
 * violation. A writer may hear of credit or a cancel that crossed its final message; those are ignored, but where
 * the reader has so much left that it counts.
 */
export class StreamTable {
  readonly #port: StreamPort;
  readonly #sinks = new TurnoverMap<number, StreamSink>();
  readonly #sources = new TurnoverMap<number, StreamSource>();
  /** Sinks that have ended and of which the reader has bytes that count. */
  readonly #unread = new TurnoverMap<number, StreamSink>();
  readonly #isLending: boolean;
  readonly #budget: StreamBudget;
  /** How the other end's writers are off. */
  readonly #pressure: Pressure = { isTight: false };
  #lender: ChunkLender | undefined;
  #borrower: ChunkBorrower | undefined;
  #highestSink = 0;

  constructor(port: StreamPort, { lend = false, quota }: StreamTableOptions = {}) {
    this.#port = port;
    this.#isLending = lend;
    this.#budget = new StreamBudget(quota, (isTight) => {
      port.sendPlain({ tag: "stream-pressure", isTight });
    });
  }

  /** Streams that have not seen their final message. */
  get size(): number {
    return this.#sinks.size + this.#sources.size;
  }

  /** Opens the writing end, after the message that announces it was sent with `used` bytes inside. */
  openSink(id: number, used: number, finished?: () => void): StreamSink {
    const onFinished = (): void => {
      this.#sinks.delete(id);
      if (sink.unread > 0) this.#unread.set(id, sink);
      finished?.();
    };
    const chunks = this.#isLending ? this.#chunks : undefined;
    const memory = { chunks, budget: this.#budget };
    const sink: StreamSink = new StreamSink(this.#port, id, used, onFinished, memory);
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
    const onFinished = (): void => {
      this.#sources.delete(id);
      finished?.();
    };
    const source = new StreamSource(this.#port, id, onFinished, this.#pressure);
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
      case "stream-memory":
        this.#receiveMemory(message.memory);
        break;
      case "stream-chunk":
        this.#receiveChunk(message);
        break;
      case "stream-end":
        this.#source(message.id).receiveEnd(message.trailers);
        break;
      case "stream-abort":
        this.#source(message.id).receiveAbort(fromFailure(message.failure));
        break;
      case "stream-credit":
        this.#sink(message.id)?.receiveCredit(message.bytes, message.growth);
        this.#forgetRead(message.id);
        break;
      case "stream-cancel":
        this.#sink(message.id)?.receiveCancel();
        this.#forgetRead(message.id);
        break;
      case "stream-pressure":
        this.#receivePressure(message.isTight);
        break;
    }
  }

  /** The link is gone: every stream fails. */
  break(failure: LinkError): void {
    for (const sink of this.#sinks.values()) sink.break(failure);
    for (const sink of this.#unread.values()) sink.receiveCancel();
    this.#unread.clear();
    for (const source of this.#sources.values()) source.receiveAbort(failure);
  }

  /** Made when it is first used. */
  readonly #chunks: ChunkMemory = {
    lend: (bytes) => this.#useLender().lend(bytes),
    reserve: () => this.#useLender().reserve(),
    release: (chunk) => this.#lender?.release(chunk),
  };

  #useLender(): ChunkLender {
    if (this.#lender === undefined) {
      this.#lender = new ChunkLender();
      this.#port.send({ tag: "stream-memory", memory: this.#lender.memory });
    }
    return this.#lender;
  }

  #receiveMemory(memory: SharedArrayBuffer): void {
    if (this.#borrower !== undefined) {
      throw new LinkError("protocol-violation", "The other end shared its chunks twice");
    }
    this.#borrower = new ChunkBorrower(memory);
  }

  #receiveChunk({ id, chunk, length }: Extract<StreamMessage, { tag: "stream-chunk" }>): void {
    const borrower = this.#borrower;
    if (borrower === undefined) {
      throw new LinkError("protocol-violation", `Chunk ${chunk} was not lent`);
    }
    const bytes = borrower.borrow(chunk, length);
    this.#source(id).receiveChunk(bytes, () => borrower.giveBack(chunk));
  }

  #receivePressure(isTight: unknown): void {
    if (typeof isTight !== "boolean") {
      throw new LinkError("protocol-violation", "The other end did not say whether it has memory");
    }
    this.#pressure.isTight = isTight;
    if (!isTight) return;
    for (const source of this.#sources.values()) source.hurry();
  }

  /** The reader may have taken or dropped what it had left of a stream that has ended. */
  #forgetRead(id: number): void {
    if (this.#unread.get(id)?.unread === 0) this.#unread.delete(id);
  }

  #source(id: number): StreamSource {
    const source = this.#sources.get(id);
    if (source === undefined) {
      throw new LinkError("protocol-violation", `Stream ${id} is not open`);
    }
    return source;
  }

  #sink(id: number): StreamSink | undefined {
    const sink = this.#sinks.get(id) ?? this.#unread.get(id);
    if (sink === undefined && !(id <= this.#highestSink)) {
      throw new LinkError("protocol-violation", `Stream ${id} was never opened`);
    }
    return sink;
  }
}
