import { Duplex } from "node:stream";
import type { Connection } from "../../../network/network.ts";

/** Bytes that are read at a time. */
const CHUNK = 64 * 1024;

/**
 * A connection of any network as a stream of Node, with as much of `net.Socket` as undici and `node:tls` ask for.
 * It owns the connection: destroying it closes that, with a reset where it is destroyed with an error.
 */
export class ConnectionSocket extends Duplex {
  readonly #connection: Connection;
  #write: (() => void) | undefined;

  constructor(connection: Connection) {
    super({ highWaterMark: CHUNK, allowHalfOpen: true });
    this.#connection = connection;
  }

  get remoteAddress(): string {
    return this.#connection.remote.address;
  }

  get remotePort(): number {
    return this.#connection.remote.port;
  }

  get localAddress(): string {
    return this.#connection.local.address;
  }

  get localPort(): number {
    return this.#connection.local.port;
  }

  // What only a socket of the operating system could do.
  setNoDelay(): this {
    return this;
  }
  setKeepAlive(): this {
    return this;
  }
  ref(): this {
    return this;
  }
  unref(): this {
    return this;
  }

  override _read(): void {
    this.#pull();
  }

  override _write(
    chunk: Buffer,
    _encoding: BufferEncoding,
    callback: (error?: Error | null) => void,
  ): void {
    let rest: Uint8Array = chunk;
    this.#write = () => {
      const { sink } = this.#connection;
      while (rest.length > 0 && !sink.closed) {
        const count = Math.min(rest.length, sink.capacity);
        if (count === 0) {
          sink.whenWritable.add(this.#onWritable);
          return;
        }
        sink.write(rest.subarray(0, count));
        rest = rest.subarray(count);
      }
      this.#write = undefined;
      callback(rest.length === 0 ? undefined : (sink.failure ?? new Error("The peer left")));
    };
    this.#write();
  }

  override _final(callback: (error?: Error | null) => void): void {
    this.#connection.sink.end();
    callback();
  }

  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    const { source, sink } = this.#connection;
    source.whenReadable.delete(this.#pull);
    sink.whenWritable.delete(this.#onWritable);
    if (error === null) this.#connection[Symbol.dispose]();
    else this.#connection.reset();
    callback(error);
  }

  readonly #onWritable = (): void => this.#write?.();

  readonly #pull = (): void => {
    if (this.destroyed) return;
    const { source } = this.#connection;
    while (source.available > 0) {
      const chunk = Buffer.allocUnsafe(Math.min(source.available, CHUNK));
      source.readInto(chunk);
      if (!this.push(chunk)) return;
    }
    if (!source.ended) source.whenReadable.add(this.#pull);
    else if (source.failure !== undefined) this.destroy(source.failure);
    else this.push(null);
  };
}
