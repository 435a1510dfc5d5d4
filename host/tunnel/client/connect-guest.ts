import type { SocketAddress } from "node:net";
import type { Clock } from "../../engine/clock.ts";
import { SocketError } from "../../network/error.ts";
import type { Connection } from "../../network/network.ts";
import type { WayIn } from "../../network/way-in.ts";

export interface GuestTarget {
  readonly wayIn: WayIn;
  readonly port: number;
  /** Milliseconds that a visitor waits while nothing listens there, such as during a restart. */
  readonly holdTimeout: number;
  readonly clock: Clock;
}

/**
 * Connects a visitor to the guest. While nothing listens, because the service restarts or is replaced, it waits; not
 * where the workload does not come back by itself.
 * Rejects with `SocketError`, or with the signal's reason.
 */
export async function connectGuest(
  { wayIn, port, holdTimeout, clock }: GuestTarget,
  remote: SocketAddress,
  signal: AbortSignal,
): Promise<Connection> {
  const deadline = clock.now() + holdTimeout;
  while (true) {
    signal.throwIfAborted();
    try {
      return await wayIn.connect(port, { remote, signal });
    } catch (error) {
      const isAbsent = error instanceof SocketError && error.code === "connection-refused";
      if (!isAbsent || wayIn.closed || clock.now() >= deadline) throw error;
      if (wayIn.atRest !== undefined) throw unreachable(port, wayIn.atRest);
    }
    // It may have changed between the refusal and now; then the next attempt tells.
    if (!wayIn.isListening("tcp", port)) await change(wayIn, deadline - clock.now(), clock, signal);
    else await change(wayIn, Math.min(RETRY, deadline - clock.now()), clock, signal);
  }
}

function unreachable(port: number, reason: string): SocketError {
  return new SocketError("connection-refused", `Cannot reach port ${port}: ${reason}`);
}

/** Milliseconds between attempts at a port that is said to have a listener, and refuses. */
const RETRY = 100;

/** Waits until something changed, or for `timeout` milliseconds, or until the signal aborts. */
async function change(
  wayIn: WayIn,
  timeout: number,
  clock: Clock,
  signal: AbortSignal,
): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const cancel = clock.after(Math.max(timeout, 0), resolve);
  wayIn.whenChanged.add(resolve);
  const onAbort = (): void => resolve();
  signal.addEventListener("abort", onAbort);
  try {
    await promise;
  } finally {
    cancel();
    wayIn.whenChanged.delete(resolve);
    signal.removeEventListener("abort", onAbort);
  }
}
