import type { Socket } from "node:net";
import type { SpliceEnd, SpliceListener } from "./end.ts";
import { LendingSocket } from "./lending-socket.ts";

/**
 * A socket of node:net or node:tls as an end of a splice, which owns it from then on.
 * It must allow half-open connections. `raw` is the TCP socket below a TLS socket: only that one can be reset.
 */
export class SocketEnd implements SpliceEnd {
  readonly #socket: Socket;
  readonly #raw: Socket;

  constructor(socket: Socket, raw: Socket = socket) {
    this.#socket = socket;
    this.#raw = raw;
  }

  start(listener: SpliceListener): void {
    const socket = this.#socket;
    let isOver = false;
    const fail = (failure: Error): void => {
      if (isOver) return;
      isOver = true;
      listener.onBreak(failure);
    };
    if (socket instanceof LendingSocket) {
      socket.lendTo({
        onLent: listener.onLent ?? ((bytes) => listener.onBytes(Uint8Array.from(bytes))),
        reserve: listener.reserve,
        release: listener.release,
      });
    } else {
      socket.on("data", listener.onBytes);
    }
    socket.on("drain", listener.onDrain);
    socket.once("end", listener.onEnd);
    // Whoever read before may have heard it already; the other end has to have started first.
    if (socket.readableEnded) queueMicrotask(listener.onEnd);
    socket.once("finish", listener.onFinish);
    socket.on("error", fail);
    socket.once("close", () => {
      // Closed before both directions ended: what was not delivered is lost.
      if (!socket.readableEnded || !socket.writableFinished) {
        fail(new Error("Cannot use a socket: it is closed"));
      }
      isOver = true;
    });
    if (socket.destroyed) fail(new Error("Cannot use a socket: it is closed"));
    else socket.resume();
  }

  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  write(bytes: Uint8Array): boolean {
    return this.#socket.write(bytes);
  }

  end(): void {
    this.#socket.end();
  }

  reset(): void {
    resetSocket(this.#raw);
    // A TLS socket does not always notice in time that the one below it is gone.
    this.#socket.destroy();
  }
}

/**
 * Closes `socket` with a reset. While a FIN is on its way libuv refuses that, and node:net then leaks the handle;
 * there everything was handed over and ended in order already, so the socket is just closed.
 */
export function resetSocket(socket: Socket): void {
  if (socket.destroyed) return;
  const isEnding = socket.writableEnded && !socket.writableFinished;
  // A Unix socket has no address and no reset: its peer sees an end where it reads, and an error where it writes.
  const isUnix = socket.localAddress === undefined;
  if (isEnding || isUnix || socket.connecting) socket.destroy();
  else socket.resetAndDestroy();
}
