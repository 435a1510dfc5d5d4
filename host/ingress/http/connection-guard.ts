import type { Socket } from "node:net";
import { type LastDescriptors, watchDescriptors } from "../../network/last-descriptors.ts";
import { TurnoverList, TurnoverMap } from "../../network/turnover.ts";
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
  readonly #open = new TurnoverList<Socket>();
  /** By key, the oldest first. */
  readonly #fresh = new TurnoverMap<string, Fresh>();

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
    const ticket = this.#open.add(socket);
    this.#fresh.set(key, { key, ticket, socket });
    socket.once("close", () => {
      this.#open.delete(ticket);
      if (this.#fresh.get(key)?.ticket === ticket) this.#fresh.delete(key);
    });
    if (this.#open.size > this.#max || this.#isLast(socket)) this.#makeRoom();
  }

  /** The connection with that `connectionKey` has its first request. */
  noteRequest(key: string): void {
    this.#fresh.delete(key);
  }

  /** Cuts all connections. */
  [Symbol.dispose](): void {
    for (const socket of this.#open.values()) socket.destroy();
  }

  #makeRoom(): void {
    const oldest = this.#fresh.first();
    if (oldest === undefined) return;
    this.#fresh.delete(oldest.key);
    this.#open.delete(oldest.ticket);
    oldest.socket.destroy();
    this.#onFull();
  }
}

/** A connection that has had no request. */
interface Fresh {
  readonly key: string;
  /** Its place among all that are open. */
  readonly ticket: number;
  readonly socket: Socket;
}
