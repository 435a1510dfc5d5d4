import type { SocketAddress } from "node:net";
import type { Clock } from "../../engine/clock.ts";
import { SocketError } from "../../network/error.ts";
import type { Connection } from "../../network/network.ts";
import type { WayIn } from "../../network/way-in.ts";

/** What a parking lot is made of. */
export interface ParkingOptions {
  readonly wayIn: WayIn;
  readonly port: number;
  /** Connections that may wait at a time. */
  readonly max: number;
  /** Milliseconds that each may wait. */
  readonly timeout: number;
  readonly clock: Clock;
}

/** A connection that is to join the workload. */
export interface ParkedVisitor {
  readonly remote: SocketAddress;
  readonly signal: AbortSignal;
  /** Called when it has to wait. */
  readonly onWait?: (() => void) | undefined;
}

/**
 * Where connections wait while nothing in the workload listens: it starts, is restarted or replaced. Nobody waits for
 * a workload that does not come back by itself.
 * Whoever finds a listener joins it at once; one that closes in between sends its visitors back here.
 */
export class Parking {
  readonly #options: ParkingOptions;
  #parked = 0;

  constructor(options: ParkingOptions) {
    this.#options = options;
  }

  /** Connections that wait. */
  get parked(): number {
    return this.#parked;
  }

  /**
   * Connects `visitor` as soon as something listens. Rejects with `SocketError`: `connection-refused` where the
   * workload is gone or at rest or too many wait, `timeout`, what connecting fails with; or with the signal's reason.
   */
  async join(visitor: ParkedVisitor): Promise<Connection> {
    const { wayIn, port, clock, timeout } = this.#options;
    const until = clock.now() + timeout;
    for (;;) {
      visitor.signal.throwIfAborted();
      if (wayIn.closed) throw refused(port, "the workload is gone");
      const wasListening = wayIn.isListening("tcp", port);
      if (wasListening) {
        try {
          return await wayIn.connect(port, visitor);
        } catch (error) {
          // It stopped to listen while the visitor was on its way, and has sent no byte yet.
          if (!(error instanceof SocketError) || error.code !== "connection-refused") throw error;
        }
      }
      if (wayIn.atRest !== undefined) throw refused(port, wayIn.atRest);
      const left = until - clock.now();
      if (left <= 0) {
        throw new SocketError(
          "timeout",
          `Cannot reach port ${port}: nothing listened on it for ${timeout} ms`,
        );
      }
      visitor.onWait?.();
      // Where the news that it closed is still on its way, nothing else would wake the visitor.
      await this.#park(wasListening ? Math.min(left, RETRY) : left, visitor.signal);
    }
  }

  async #park(delay: number, signal: AbortSignal): Promise<void> {
    const { wayIn, port, max, clock } = this.#options;
    if (this.#parked >= max) throw refused(port, `${max} connections wait for it already`);
    this.#parked += 1;
    const { promise, resolve } = Promise.withResolvers<void>();
    const cancel = clock.after(delay, resolve);
    wayIn.whenChanged.add(resolve);
    const onAbort = (): void => resolve();
    signal.addEventListener("abort", onAbort);
    await promise;
    cancel();
    signal.removeEventListener("abort", onAbort);
    wayIn.whenChanged.delete(resolve);
    this.#parked -= 1;
  }
}

/** Milliseconds between two attempts at a listener that is about to be known as closed. */
const RETRY = 20;

function refused(port: number, reason: string): SocketError {
  return new SocketError("connection-refused", `Cannot reach port ${port}: ${reason}`);
}
