import type { Socket } from "node:net";
import type { ByteChannel } from "../byte-channel.ts";

/** Bytes handed to the operating system at a time; what does not fit waits in the channel. */
const CHUNK = 64 * 1024;

/** Moves what a socket receives into `channel`, and stops receiving while that is full. */
export class Inflow {
  readonly #socket: Socket;
  readonly #channel: ByteChannel;
  /** The part of the last chunk that found no room. */
  #rest: Uint8Array | undefined;
  #hasDropped = false;

  constructor(socket: Socket, channel: ByteChannel) {
    this.#socket = socket;
    this.#channel = channel;
    socket.on("data", (chunk: Buffer) => {
      this.#rest = chunk;
      this.#pump();
    });
    socket.on("end", () => channel.end());
  }

  /** Whether bytes were received that the reader did not and will not get. */
  get hasUnread(): boolean {
    return this.#rest !== undefined || this.#hasDropped || this.#channel.hasUnread;
  }

  readonly #pump = (): void => {
    const channel = this.#channel;
    const rest = this.#rest;
    if (rest === undefined) return;
    if (channel.closed) {
      this.#rest = undefined;
      this.#hasDropped = true;
      this.#socket.resume();
      return;
    }
    const count = Math.min(rest.length, channel.capacity);
    this.#rest = count === rest.length ? undefined : rest.subarray(count);
    if (this.#rest === undefined) {
      this.#socket.resume();
    } else {
      this.#socket.pause();
      channel.whenWritable.add(this.#pump);
    }
    // Last, because a reader may be called from within and empty the channel at once.
    channel.write(rest.subarray(0, count));
  };
}

/** Moves what is written to `channel` into a socket, one chunk at a time, and then ends the socket. */
export class Outflow {
  readonly #socket: Socket;
  readonly #channel: ByteChannel;
  readonly #onAbort: () => void;
  #isSending = false;
  /** Kept between two full chunks. */
  #chunk: Buffer | undefined;

  /** `onAbort` is called where the stream broke instead of ending. */
  constructor(socket: Socket, channel: ByteChannel, onAbort: () => void) {
    this.#socket = socket;
    this.#channel = channel;
    this.#onAbort = onAbort;
  }

  start(): void {
    this.#pump();
  }

  readonly #pump = (): void => {
    const channel = this.#channel;
    if (channel.failure !== undefined) {
      this.#onAbort();
      return;
    }
    // Also while a chunk is on its way: a writer that breaks the stream does not wait for a slow peer.
    if (!channel.closed) channel.whenReadable.add(this.#pump);
    if (this.#isSending) return;
    if (channel.available > 0) this.#send();
    else if (channel.ended) this.#socket.end();
  };

  #send(): void {
    const size = Math.min(this.#channel.available, CHUNK);
    const chunk =
      size < CHUNK ? Buffer.allocUnsafe(size) : (this.#chunk ?? Buffer.allocUnsafe(CHUNK));
    // A fast writer fills one chunk after the other, and one buffer is enough for them: it is free when it was sent.
    this.#chunk = size < CHUNK ? undefined : chunk;
    this.#isSending = true;
    this.#channel.readInto(chunk);
    this.#socket.write(chunk, (error) => {
      this.#isSending = false;
      // A failed write is reported by the socket's own "error", which ends the connection.
      if (error === undefined || error === null) this.#pump();
    });
  }
}
