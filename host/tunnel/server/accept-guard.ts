import type { Server } from "node:net";
import type { TunnelClock } from "../clock.ts";

/** Milliseconds between two reports of the same trouble. */
const REPORT_INTERVAL = 10_000;

/**
 * Keeps servers alive that cannot take a connection, because the process or the machine has no descriptor left:
 * such an error would end the process. The connection is lost, the listener is not.
 */
export class AcceptGuard {
  readonly #clock: TunnelClock;
  readonly #onExhausted: (reason: string) => void;
  #reportedAt: number | undefined;

  constructor(clock: TunnelClock, onExhausted: (reason: string) => void) {
    this.#clock = clock;
    this.#onExhausted = onExhausted;
  }

  watch(server: Server): void {
    server.on("error", (error) => {
      const now = this.#clock.now();
      if (this.#reportedAt !== undefined && now - this.#reportedAt < REPORT_INTERVAL) return;
      this.#reportedAt = now;
      this.#onExhausted(`Cannot take a connection: ${error.message}`);
    });
  }
}
