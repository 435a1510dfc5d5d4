import type { NetworkQuota, QuotaKind } from "./quota.ts";
import {
  QUOTA_COLUMN,
  QUOTA_KINDS,
  QUOTA_LIMIT,
  QUOTA_REFUSED,
  QUOTA_USED,
  type QuotaTable,
} from "./quota-table.ts";

/**
 * The quota of one workload within that of the host: what it takes, it takes from both or from neither.
 *
 * A thread can be terminated at any time without giving back what it held. Whoever ended it calls `reclaim`.
 * For that to be exact the two tables must never disagree, so each method changes both without a call or a loop
 * in between: V8 terminates a thread only where it checks for interrupts, which is at those.
 */
export class SharedQuota implements NetworkQuota {
  readonly #workload: Int32Array<SharedArrayBuffer>;
  readonly #host: Int32Array<SharedArrayBuffer>;

  constructor(workload: QuotaTable, host: QuotaTable) {
    this.#workload = workload.cells;
    this.#host = host.cells;
  }

  acquire(kind: QuotaKind, count: number): boolean {
    const column = QUOTA_COLUMN[kind];
    const workload = this.#workload;
    const host = this.#host;
    const used = Atomics.add(workload, QUOTA_USED + column, count) + count;
    const usedOfHost = Atomics.add(host, QUOTA_USED + column, count) + count;
    const isRefused = used > limitOf(workload, column);
    if (!isRefused && usedOfHost <= limitOf(host, column)) return true;
    Atomics.sub(host, QUOTA_USED + column, count);
    Atomics.sub(workload, QUOTA_USED + column, count);
    Atomics.add(isRefused ? workload : host, QUOTA_REFUSED + column, 1);
    return false;
  }

  charge(kind: QuotaKind, count: number): void {
    const column = QUOTA_COLUMN[kind];
    Atomics.add(this.#workload, QUOTA_USED + column, count);
    Atomics.add(this.#host, QUOTA_USED + column, count);
  }

  release(kind: QuotaKind, count: number): void {
    const column = QUOTA_COLUMN[kind];
    Atomics.sub(this.#workload, QUOTA_USED + column, count);
    Atomics.sub(this.#host, QUOTA_USED + column, count);
  }

  hasRoom(kind: QuotaKind, count: number): boolean {
    const column = QUOTA_COLUMN[kind];
    return hasRoom(this.#workload, column, count) && hasRoom(this.#host, column, count);
  }

  /** Gives back to the host all that the workload still holds, after its threads ended. */
  reclaim(): void {
    for (const kind of QUOTA_KINDS) {
      const column = QUOTA_COLUMN[kind];
      const left = Atomics.exchange(this.#workload, QUOTA_USED + column, 0);
      Atomics.sub(this.#host, QUOTA_USED + column, left);
    }
  }
}

/** Read without `Atomics`, which costs a fence each time: the answer is old by the time it is used anyway. */
function hasRoom(cells: Int32Array, column: number, count: number): boolean {
  return (cells[QUOTA_USED + column] ?? 0) + count <= limitOf(cells, column);
}

function limitOf(cells: Int32Array, column: number): number {
  return cells[QUOTA_LIMIT + column] ?? 0;
}
