import type { QuotaKind } from "./quota.ts";
import { HOST_ROW, QUOTA_ROWS_MAX, type QuotaLimits, QuotaTable } from "./quota-table.ts";

/** The place of one workload in its host's quota. Its `seat` goes to the thread that makes a `SharedQuota` of it. */
export interface QuotaPlace extends Disposable {
  readonly seat: QuotaSeat;
  used(kind: QuotaKind): number;
  limit(kind: QuotaKind): number;
  /** How often the workload's own limit refused; what the host's refused is counted there. */
  refused(kind: QuotaKind): number;
  /** Takes back what the workload still holds, after its thread ended; another thread may start with the same seat then. */
  reclaim(): void;
}

/** What another thread needs to know of a place; it can be cloned. */
export interface QuotaSeat {
  readonly buffer: SharedArrayBuffer;
  readonly row: number;
}

/** The quotas of all workloads of a host, and its own limits for all of them together. */
export class HostQuota {
  readonly #table = new QuotaTable();
  readonly #free: number[] = [];
  #next = HOST_ROW + 1;

  constructor(limits: QuotaLimits) {
    this.#table.begin(HOST_ROW, limits);
  }

  /** What all workloads use together. */
  used(kind: QuotaKind): number {
    return this.#table.total(kind);
  }

  limit(kind: QuotaKind): number {
    return this.#table.limit(kind, HOST_ROW);
  }

  /** How often the host's limit refused what a workload's own allowed. */
  refused(kind: QuotaKind): number {
    return this.#table.refused(kind, HOST_ROW);
  }

  /** A place for one more workload, with limits of its own; disposing it takes back all that it holds. */
  admit(limits: QuotaLimits): QuotaPlace {
    const row = this.#free.pop() ?? this.#next;
    if (row >= QUOTA_ROWS_MAX) {
      throw new RangeError(`Cannot admit a workload: there are ${QUOTA_ROWS_MAX - 1} already`);
    }
    if (row === this.#next) this.#next += 1;
    const table = this.#table;
    table.begin(row, limits);
    let isOpen = true;
    return {
      seat: { buffer: table.buffer, row },
      used: (kind) => table.used(kind, row),
      limit: (kind) => table.limit(kind, row),
      refused: (kind) => table.refused(kind, row),
      reclaim: () => {
        if (isOpen) table.clear(row);
      },
      [Symbol.dispose]: () => {
        if (!isOpen) return;
        isOpen = false;
        table.clear(row);
        this.#free.push(row);
      },
    };
  }
}
