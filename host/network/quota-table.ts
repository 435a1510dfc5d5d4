import type { QuotaKind } from "./quota.ts";

/** How much there is of each kind, at most 2^31 - 1; a kind that is left out has no limit of its own. */
export type QuotaLimits = Readonly<Partial<Record<QuotaKind, number>>>;

/** The kinds that a table counts, in the order of its columns. */
export const QUOTA_KINDS: readonly QuotaKind[] = [
  "socket",
  "listener",
  "connection",
  "page",
  "lookup",
];

/** Rows of a table; each has one column for a kind. */
export const QUOTA_USED = 0;
export const QUOTA_LIMIT: number = QUOTA_KINDS.length;
export const QUOTA_REFUSED: number = QUOTA_KINDS.length * 2;

const CELLS = QUOTA_KINDS.length * 3;
const NO_LIMIT = 2 ** 31 - 1;

/** The column of a kind. */
export const QUOTA_COLUMN: Readonly<Record<QuotaKind, number>> = {
  socket: 0,
  listener: 1,
  connection: 2,
  page: 3,
  lookup: 4,
};

/**
 * One level of a quota in memory that threads share: what is used, the limits, and how often they refused.
 * Handing `cells.buffer` to another thread and building a table over it there gives the same table.
 */
export class QuotaTable {
  /** The rows `QUOTA_USED`, `QUOTA_LIMIT` and `QUOTA_REFUSED`; used and refused change by atomic operations only. */
  readonly cells: Int32Array<SharedArrayBuffer>;

  constructor(buffer: SharedArrayBuffer) {
    this.cells = new Int32Array(buffer, 0, CELLS);
  }

  /** A table of which nothing is used yet. Limits are cut to whole numbers from 0. */
  static withLimits(limits: QuotaLimits): QuotaTable {
    const table = new QuotaTable(new SharedArrayBuffer(CELLS * Int32Array.BYTES_PER_ELEMENT));
    for (const kind of QUOTA_KINDS) {
      table.cells[QUOTA_LIMIT + QUOTA_COLUMN[kind]] = clampLimit(limits[kind] ?? NO_LIMIT);
    }
    return table;
  }

  used(kind: QuotaKind): number {
    return Atomics.load(this.cells, QUOTA_USED + QUOTA_COLUMN[kind]);
  }

  limit(kind: QuotaKind): number {
    return Atomics.load(this.cells, QUOTA_LIMIT + QUOTA_COLUMN[kind]);
  }

  /** How often this level refused; a request that another level refused is counted there. */
  refused(kind: QuotaKind): number {
    return Atomics.load(this.cells, QUOTA_REFUSED + QUOTA_COLUMN[kind]);
  }
}

/** NaN becomes 0, which grants nothing. */
function clampLimit(limit: number): number {
  return Math.min(Math.max(Math.floor(limit) || 0, 0), NO_LIMIT);
}
