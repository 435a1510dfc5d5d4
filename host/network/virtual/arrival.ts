import { SocketError } from "../error.ts";
import type { Connection } from "../network.ts";
import type { ConnectWait } from "./connect-queue.ts";

/** A connection in a backlog, on its way to whoever accepts it. */
export class Arrival {
  readonly #settled = Promise.withResolvers<boolean>();

  /** It was accepted (`true`), or the listener was closed before that. */
  readonly settle = (accepted: boolean): void => {
    this.#settled.resolve(accepted);
  };

  /**
   * Resolves once `connection` was accepted; else it is reset: rejects with `failure` where the listener was closed,
   * with `timeout`, or with the signal's reason.
   */
  async untilAccepted(
    connection: Connection,
    { signal, timeout }: ConnectWait,
    failure: SocketError,
  ): Promise<Connection> {
    const { promise, reject } = this.#settled;
    const onAbort = (): void => reject(signal?.reason);
    const timer = setTimeout(() => {
      reject(new SocketError("timeout", `Cannot connect: nobody accepted for ${timeout} ms`));
    }, timeout);
    signal?.addEventListener("abort", onAbort);
    try {
      signal?.throwIfAborted();
      if (await promise) return connection;
      throw failure;
    } catch (error) {
      connection.reset();
      throw error;
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener("abort", onAbort);
    }
  }
}
