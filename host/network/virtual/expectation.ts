import type { SocketAddress } from "node:net";
import type { Awaitable } from "../network.ts";
import { toText } from "../socket-address.ts";
import { ConnectQueue, type ConnectWait } from "./connect-queue.ts";
import { refused } from "./refused.ts";

/**
 * Connects to ports on which nobody listens yet. While a listener is expected they wait for it,
 * each for the one at its own address; when the last expectation ends, they are refused as they would have been at once.
 */
export class Expectation<T> implements Disposable {
  readonly #expecting = new Set<Disposable>();
  /** Has no empty queue for longer than it takes a wait to end. */
  readonly #queues = new Map<string, Waiting<T>>();

  /** Whether a listener is expected. */
  get isActive(): boolean {
    return this.#expecting.size > 0;
  }

  /** Expects listeners for at most `timeout` milliseconds, or until the returned object is disposed. */
  begin(timeout: number): Disposable {
    const expecting: Disposable = {
      [Symbol.dispose]: () => {
        clearTimeout(timer);
        if (this.#expecting.delete(expecting) && !this.isActive) this.#refuseAll();
      },
    };
    const timer = setTimeout(() => expecting[Symbol.dispose](), timeout);
    this.#expecting.add(expecting);
    return expecting;
  }

  /** Waits until somebody listens at `remote` and resolves with what `open` returns then. */
  async wait(remote: SocketAddress, open: () => Awaitable<T>, wait: ConnectWait): Promise<T> {
    const key = toText(remote);
    const waiting = this.#queues.get(key) ?? { remote, queue: new ConnectQueue<T>() };
    this.#queues.set(key, waiting);
    try {
      return await waiting.queue.wait(open, wait);
    } finally {
      if (waiting.queue.isEmpty && this.#queues.get(key) === waiting) this.#queues.delete(key);
    }
  }

  /** Somebody listens at `local`: whoever waited for that opens now, in the order in which they came. */
  fulfil(local: SocketAddress): void {
    if (this.#queues.size === 0) return;
    const key = toText(local);
    const waiting = this.#queues.get(key);
    this.#queues.delete(key);
    while (waiting?.queue.admitOldest());
  }

  /** Ends every expectation. */
  [Symbol.dispose](): void {
    for (const expecting of this.#expecting) expecting[Symbol.dispose]();
  }

  #refuseAll(): void {
    for (const { remote, queue } of this.#queues.values()) queue.refuseAll(refused(remote));
    this.#queues.clear();
  }
}

interface Waiting<T> {
  readonly remote: SocketAddress;
  readonly queue: ConnectQueue<T>;
}
