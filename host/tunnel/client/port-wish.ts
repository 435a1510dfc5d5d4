import type { Clock } from "../../engine/clock.ts";
import type { TunnelErrorCode } from "../error.ts";

/**
 * Which public port to ask for. Who asked for a fixed one gets that or none. Everybody else gets any at first;
 * after a drop the same one, patiently, since the server may hold it for a dead connection; and then any again.
 */
export class PortWish {
  readonly #fixed: number | undefined;
  readonly #patience: number;
  readonly #clock: Clock;
  #last = 0;
  #lostAt: number | undefined;

  /** `patience` in milliseconds. */
  constructor(fixed: number | undefined, patience: number, clock: Clock) {
    this.#fixed = fixed;
    this.#patience = patience;
    this.#clock = clock;
  }

  /** The port to ask for now; 0 for any. */
  get port(): number {
    return this.#fixed ?? this.#last;
  }

  /** The server gave `port`. */
  got(port: number): void {
    this.#last = port;
    this.#lostAt = undefined;
  }

  /** The connection that held the port is gone. */
  lost(): void {
    this.#lostAt = this.#clock.now();
  }

  /** The server refused; returns whether another port may be had instead. */
  refused(code: TunnelErrorCode): boolean {
    if (this.#fixed !== undefined || this.#last === 0) return false;
    const isOut = code === "out-of-range";
    const isLate = this.#clock.now() - (this.#lostAt ?? 0) >= this.#patience;
    if (!isOut && !(code === "port-in-use" && isLate)) return false;
    this.#last = 0;
    return true;
  }
}
