import type { QuotaSeat } from "./host-quota.ts";
import type { NetworkQuota, QuotaKind } from "./quota.ts";
import { HOST_ROW, QuotaTable } from "./quota-table.ts";

/**
 * The quota of one workload within that of its host, for the thread that the workload runs on.
 * Where several threads want the last of something at the same moment, each may find none.
 */
export class SharedQuota implements NetworkQuota {
  readonly #table: QuotaTable;
  readonly #row: number;
  /** What other workloads held of `page` when this thread last took some. */
  #pagesOfOthers = 0;

  constructor({ buffer, row }: QuotaSeat) {
    this.#table = new QuotaTable(buffer);
    this.#row = row;
  }

  acquire(kind: QuotaKind, count: number): boolean {
    const table = this.#table;
    const row = this.#row;
    const used = table.add(kind, row, count);
    const isWithinOwn = used <= table.limit(kind, row);
    if (isWithinOwn && table.total(kind) <= table.limit(kind, HOST_ROW)) return true;
    table.add(kind, row, -count);
    table.refuse(kind, isWithinOwn ? HOST_ROW : row);
    return false;
  }

  charge(kind: QuotaKind, count: number): void {
    const used = this.#table.add(kind, this.#row, count);
    if (kind === "page") this.#pagesOfOthers = this.#table.total(kind) - used;
  }

  release(kind: QuotaKind, count: number): void {
    this.#table.add(kind, this.#row, -count);
  }

  hasRoom(kind: QuotaKind, count: number): boolean {
    const table = this.#table;
    const used = table.used(kind, this.#row) + count;
    if (used > table.limit(kind, this.#row)) return false;
    const limit = table.limit(kind, HOST_ROW);
    // Asked before each write of a connection: where much is left, what others held a moment ago is good enough.
    if (kind === "page" && used + this.#pagesOfOthers <= limit) return true;
    return table.total(kind) + count <= limit;
  }
}
