import type { SocketAddress } from "node:net";
import type { ByteSink, ByteSource } from "../network/byte-stream.ts";
import { SocketError } from "../network/error.ts";
import type { Connection } from "../network/network.ts";
import { toText } from "../network/socket-address.ts";
import type { WaitList } from "../network/wait-list.ts";
import type { StreamSink } from "./stream-sink.ts";
import type { StreamSource } from "./stream-source.ts";

/** What a connection over a link is made of. */
export interface LinkConnectionOptions {
  /** The visitor, and the address inside that took the connection. */
  readonly local: SocketAddress;
  readonly remote: SocketAddress;
  readonly source: StreamSource;
  readonly sink: StreamSink;
}

/** The visitor's end of a connection whose other end is in a cell: two streams that a reset breaks together. */
export class LinkConnection implements Connection {
  readonly local: SocketAddress;
  readonly remote: SocketAddress;
  readonly #source: StreamSource;
  readonly #stream: StreamSink;
  readonly sink: ByteSink;

  constructor({ local, remote, source, sink }: LinkConnectionOptions) {
    this.local = local;
    this.remote = remote;
    this.#source = source;
    this.#stream = sink;
    this.sink = new ResettingSink(sink, source, () => this.reset());
  }

  get source(): ByteSource {
    return this.#source;
  }

  /** The options of the end in the cell stay as they are: bytes wait for credit here, not for a buffer. */
  configure(): void {}

  reset(): void {
    this.#break((failure) => this.#stream.abort(failure), "it was reset");
    this.#source.cancel();
  }

  /** The cell is gone: both directions fail, behind what arrived. */
  breakOff(): void {
    this.#break((failure) => {
      this.#stream.break(failure);
      this.#source.receiveAbort(failure);
    }, "the workload ended");
  }

  [Symbol.dispose](): void {
    if (this.#source.available > 0) {
      this.reset();
      return;
    }
    this.#stream.end();
    this.#source.cancel();
  }

  #break(act: (failure: SocketError) => void, cause: string): void {
    const between = `${toText(this.local)} and ${toText(this.remote)}`;
    act(new SocketError("connection-reset", `The connection between ${between} broke: ${cause}`));
  }
}

/** A direction of a connection. TCP cannot break one direction alone, so a writer who aborts resets both. */
class ResettingSink implements ByteSink {
  readonly #stream: StreamSink;
  readonly #source: StreamSource;
  readonly #reset: () => void;

  constructor(stream: StreamSink, source: StreamSource, reset: () => void) {
    this.#stream = stream;
    this.#source = source;
    this.#reset = reset;
  }

  get capacity(): number {
    return this.#stream.capacity;
  }

  get closed(): boolean {
    return this.#stream.closed;
  }

  get failure(): Error | undefined {
    return this.#stream.failure ?? (this.closed ? this.#source.failure : undefined);
  }

  get whenWritable(): WaitList {
    return this.#stream.whenWritable;
  }

  write(bytes: Uint8Array): void {
    this.#stream.write(bytes);
  }

  give(bytes: Uint8Array): void {
    this.#stream.give(bytes);
  }

  reserve(): Uint8Array | undefined {
    return this.#stream.reserve();
  }

  release(room: Uint8Array): void {
    this.#stream.release(room);
  }

  countWaiting(bytes: number): void {
    this.#stream.countWaiting(bytes);
  }

  end(): void {
    this.#stream.end();
  }

  abort(): void {
    if (!this.closed) this.#reset();
  }
}
