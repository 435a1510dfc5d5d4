import type { Socket } from "node:net";
import { type LastDescriptors, watchDescriptors } from "../../network/last-descriptors.ts";
import { connectionKey } from "./visitor.ts";

/**
 * The open connections of a listener, bounded in number.
 *
 * When there are too many, the one that has waited longest for its first request is closed: whoever opens thousands
 * and sends nothing (slow-loris) displaces his own. Where all have had a request, the new one is closed.
 * The same happens while the process has hardly a descriptor left, whoever took the others.
 */
export class ConnectionGuard implements Disposable {
  readonly #max: number;
  readonly #onFull: () => void;
  readonly #isLast: LastDescriptors;
  readonly #open = new Set<Socket>();
  /** By key, the oldest first. */
  readonly #fresh = new Map<string, Socket>();

  /** `onFull` is called whenever a connection is closed because there are too many. */
  constructor(max: number, onFull: () => void, isLast: LastDescriptors = watchDescriptors()) {
    this.#max = max;
    this.#isLast = isLast;
    this.#onFull = onFull;
  }

  get size(): number {
    return this.#open.size;
  }

  /** Takes a connection in, before anything is read from it. */
  add(socket: Socket): void {
    const key = connectionKey(socket);
    this.#open.add(socket);
    this.#fresh.set(key, socket);
    socket.once("close", () => {
      this.#open.delete(socket);
      if (this.#fresh.get(key) === socket) this.#fresh.delete(key);
    });
    if (this.#open.size > this.#max || this.#isLast(socket)) this.#makeRoom();
  }

  /** The connection with that `connectionKey` has its first request. */
  noteRequest(key: string): void {
    this.#fresh.delete(key);
  }

  /** Cuts all connections. */
  [Symbol.dispose](): void {
    for (const socket of this.#open) socket.destroy();
  }

  #makeRoom(): void {
    const [oldest] = this.#fresh;
    if (oldest === undefined) return;
    const [key, socket] = oldest;
    this.#fresh.delete(key);
    this.#open.delete(socket);
    socket.destroy();
    this.#onFull();
  }
}
