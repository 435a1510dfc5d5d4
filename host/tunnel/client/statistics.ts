import type { SpliceDirection } from "../../network/splice/splice.ts";

/** What went through a tunnel since it started. */
export interface TunnelStatistics {
  /** Visitors that were taken on. */
  readonly connections: number;
  /** Of those, the ones that are here now. */
  readonly active: number;
  /** Visitors that were sent away. */
  readonly refused: number;
  /** Visitors that were lost: the server or the guest could not be reached for them. */
  readonly failed: number;
  /** Bytes from visitors to the guest, and from the guest to visitors. */
  readonly bytesIn: number;
  readonly bytesOut: number;
}

/** Counts what goes through a tunnel. */
export class Counters {
  #connections = 0;
  #active = 0;
  #refused = 0;
  #failed = 0;
  #bytesIn = 0;
  #bytesOut = 0;

  get active(): number {
    return this.#active;
  }

  open(): void {
    this.#connections += 1;
    this.#active += 1;
  }

  close(): void {
    this.#active -= 1;
  }

  refuse(): void {
    this.#refused += 1;
  }

  fail(): void {
    this.#failed += 1;
  }

  count(direction: SpliceDirection, bytes: number): void {
    if (direction === "forth") this.#bytesIn += bytes;
    else this.#bytesOut += bytes;
  }

  snapshot(): TunnelStatistics {
    return {
      connections: this.#connections,
      active: this.#active,
      refused: this.#refused,
      failed: this.#failed,
      bytesIn: this.#bytesIn,
      bytesOut: this.#bytesOut,
    };
  }
}
