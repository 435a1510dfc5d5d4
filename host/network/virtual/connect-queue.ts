import { SocketError } from "../error.ts";
import type { Awaitable } from "../network.ts";
import { TurnoverList } from "../turnover.ts";

/** How a waiting connect gives up. */
export interface ConnectWait {
  readonly signal: AbortSignal | undefined;
  /** Milliseconds after which it fails with `timeout`. */
  readonly timeout: number;
  /** Whether it waits where a listener is expected; true by default. */
  readonly awaitsListener?: boolean | undefined;
  /** Called once for a connection that entered a backlog: whether it was accepted, or else the listener closed. */
  readonly onArrival?: ((accepted: boolean) => void) | undefined;
}

/**
 * Connects that found the backlog full or nobody who listens, oldest first.
 * Each holds a local port, so there are never more of them than ports.
 */
export class ConnectQueue<T> {
  readonly #waiting = new TurnoverList<WaitingConnect>();

  /** Whether nobody waits. */
  get isEmpty(): boolean {
    return this.#waiting.size === 0;
  }

  /** Waits for its turn, then resolves with what `open` returns; rejects when refused, aborted or out of time. */
  wait(open: () => Awaitable<T>, { signal, timeout }: ConnectWait): Promise<T> {
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    const settle = (): void => {
      this.#waiting.delete(ticket);
      clearTimeout(timer);
      signal?.removeEventListener("abort", onAbort);
    };
    const waiting: WaitingConnect = {
      admit() {
        settle();
        try {
          resolve(open());
        } catch (error) {
          reject(error);
        }
      },
      refuse(failure) {
        settle();
        reject(failure);
      },
    };
    const onAbort = (): void => waiting.refuse(signal?.reason);
    const timer = setTimeout(() => {
      waiting.refuse(
        new SocketError("timeout", `Cannot connect: nobody answered for ${timeout} ms`),
      );
    }, timeout);
    signal?.addEventListener("abort", onAbort);
    const ticket = this.#waiting.add(waiting);
    return promise;
  }

  /** Lets the oldest in; returns whether there was one. */
  admitOldest(): boolean {
    const waiting = this.#waiting.first();
    waiting?.admit();
    return waiting !== undefined;
  }

  /** Rejects all with `failure`. */
  refuseAll(failure: Error): void {
    for (const waiting of this.#waiting.values()) waiting.refuse(failure);
  }
}

interface WaitingConnect {
  admit(): void;
  refuse(failure: unknown): void;
}
