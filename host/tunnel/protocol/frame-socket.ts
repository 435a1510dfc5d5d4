import type { Socket } from "node:net";
import type { Clock } from "../../engine/clock.ts";
import { encodeFrame, FrameDecoder } from "./frame.ts";

/** Nothing came in time. */
export class FrameTimeout extends Error {
  override readonly name = "FrameTimeout";
}

/** Milliseconds within which the last frames have to leave. */
const CLOSE_TIMEOUT = 3000;

/** A socket that speaks in frames, as long as it does: `detach` gives it back, with all bytes behind the last frame. */
export class FrameSocket {
  readonly #socket: Socket;
  readonly #clock: Clock;
  readonly #decoder = new FrameDecoder();
  #wake: (() => void) | undefined;
  #hasEnded = false;
  #failure: Error | undefined;

  /** `socket` is connected and has not been read from. */
  constructor(socket: Socket, clock: Clock) {
    this.#socket = socket;
    this.#clock = clock;
    socket.on("data", this.#onData);
    socket.on("end", this.#onEnd);
    socket.on("error", this.#onError);
    socket.on("close", this.#onEnd);
    if (socket.destroyed) this.#hasEnded = true;
  }

  /** Bytes that were sent and not handed over to the operating system. */
  get unsent(): number {
    return this.#socket.writableLength;
  }

  /** Sends one frame; it is dropped where the socket is closed. */
  send(json: string): void {
    if (this.#socket.writable) this.#socket.write(encodeFrame(json));
  }

  /**
   * The next frame, or undefined where the peer sent its last. One call at a time.
   * Rejects with `FrameTimeout` after `timeout` milliseconds, with `ProtocolError` for what is no frame,
   * and with what broke the socket.
   */
  async receive(timeout?: number): Promise<string | undefined> {
    const deadline = timeout === undefined ? undefined : this.#clock.now() + timeout;
    while (true) {
      const frame = this.#decoder.next();
      if (frame !== undefined) return frame;
      // A tail without its NUL is not a frame: bore never sends one.
      if (this.#failure !== undefined) throw this.#failure;
      if (this.#hasEnded) return undefined;
      this.#socket.resume();
      await this.#wait(deadline);
    }
  }

  /** Gives the socket back, paused, with what was received behind the last frame in front of all that follows. */
  detach(): Socket {
    const socket = this.#socket;
    socket.pause();
    socket.off("data", this.#onData);
    socket.off("end", this.#onEnd);
    socket.off("close", this.#onEnd);
    // The listener for errors stays: one that comes before the next owner listens must not end the process.
    const rest = this.#decoder.rest();
    if (rest.length > 0) socket.unshift(rest);
    return socket;
  }

  /** Closes the socket in order, behind what was sent; what still comes is dropped. */
  close(): void {
    const socket = this.detach();
    socket.resume();
    // What was sent may never leave: for a peer that does not read, or that does not go on with its TLS handshake.
    if (!socket.closed) {
      socket.once(
        "close",
        this.#clock.after(CLOSE_TIMEOUT, () => socket.destroy()),
      );
    }
    socket.end(() => socket.destroy());
    this.#onEnd();
  }

  readonly #onData = (chunk: Buffer): void => {
    this.#decoder.push(chunk);
    // One chunk at a time: a sender that floods is stopped, and an end that follows stays for the next owner.
    this.#socket.pause();
    this.#wake?.();
  };

  readonly #onEnd = (): void => {
    this.#hasEnded = true;
    this.#wake?.();
  };

  readonly #onError = (error: Error): void => {
    this.#failure = error;
    this.#wake?.();
  };

  async #wait(deadline: number | undefined): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#wake = resolve;
    const cancel =
      deadline === undefined
        ? undefined
        : this.#clock.after(Math.max(deadline - this.#clock.now(), 0), () =>
            reject(new FrameTimeout("Nothing came in time")),
          );
    try {
      await promise;
    } finally {
      cancel?.();
      this.#wake = undefined;
    }
  }
}
