import type { QuotaKind } from "./quota.ts";

/** How much there is of each kind, at most 2^31 - 1; a kind that is left out has no limit. */
export type QuotaLimits = Readonly<Partial<Record<QuotaKind, number>>>;

export const QUOTA_KINDS: readonly QuotaKind[] = [
  "socket",
  "listener",
  "connection",
  "page",
  "lookup",
  "file",
];

/** Workloads that one table has room for. */
export const QUOTA_ROWS_MAX = 4096;

/** The row with the host's own limits; those of workloads begin behind it. */
export const HOST_ROW = 0;

/**
 * What workloads use, their limits and the host's, in memory that threads share.
 *
 * What the host uses is nowhere written down: it is the sum of what its workloads use, which only they change.
 * A thread can be terminated between any two steps, and two counts that have to agree would not any more.
 *
 * Cells are changed by `Atomics` and read without, which is ten times as fast: none is ever torn,
 * and what another thread holds is old as soon as it is known.
 */
export class QuotaTable {
  /** To be handed to another thread, which builds the same table over it. */
  readonly buffer: SharedArrayBuffer;
  readonly #used: Columns;
  readonly #limits: Columns;
  readonly #refused: Columns;
  /** In its only cell, the rows that are in use or were; those behind them count nothing. */
  readonly #rows: Int32Array;

  constructor(buffer: SharedArrayBuffer = new SharedArrayBuffer(BYTES)) {
    this.buffer = buffer;
    this.#rows = new Int32Array(buffer, 0, 1);
    this.#used = columnsAt(buffer, 0);
    this.#limits = columnsAt(buffer, 1);
    this.#refused = columnsAt(buffer, 2);
  }

  /** Begins a row, of which nothing is used. Limits are cut to whole numbers from 0; NaN grants nothing. */
  begin(row: number, limits: QuotaLimits): void {
    for (const kind of QUOTA_KINDS) {
      Atomics.store(this.#limits[kind], row, clampLimit(limits[kind] ?? NO_LIMIT));
      Atomics.store(this.#refused[kind], row, 0);
    }
    this.clear(row);
    if (row >= Atomics.load(this.#rows, 0)) Atomics.store(this.#rows, 0, row + 1);
  }

  /** Forgets what a row uses, whose thread has ended. */
  clear(row: number): void {
    for (const kind of QUOTA_KINDS) Atomics.store(this.#used[kind], row, 0);
  }

  /** Adds to what a row uses, and returns the new count. */
  add(kind: QuotaKind, row: number, count: number): number {
    return Atomics.add(this.#used[kind], row, count) + count;
  }

  used(kind: QuotaKind, row: number): number {
    return this.#used[kind][row] ?? 0;
  }

  limit(kind: QuotaKind, row: number): number {
    return this.#limits[kind][row] ?? 0;
  }

  /** Adds one to the refusals of a row. */
  refuse(kind: QuotaKind, row: number): void {
    Atomics.add(this.#refused[kind], row, 1);
  }

  /** How often a row's limit refused. */
  refused(kind: QuotaKind, row: number): number {
    return this.#refused[kind][row] ?? 0;
  }

  /** What all workloads use together. */
  total(kind: QuotaKind): number {
    const used = this.#used[kind];
    const rows = this.#rows[0] ?? 0;
    let total = 0;
    for (let row = HOST_ROW + 1; row < rows; row += 1) total += used[row] ?? 0;
    return total;
  }
}

/** One array for each kind, so that a sum goes through memory in order. */
type Columns = Readonly<Record<QuotaKind, Int32Array>>;

const NO_LIMIT = 2 ** 31 - 1;
const HEADER_BYTES = 64;
const COLUMN_BYTES = QUOTA_ROWS_MAX * Int32Array.BYTES_PER_ELEMENT;
const BYTES = HEADER_BYTES + 3 * QUOTA_KINDS.length * COLUMN_BYTES;

function columnsAt(buffer: SharedArrayBuffer, index: number): Columns {
  const column = (kind: number): Int32Array => {
    const at = HEADER_BYTES + (index * QUOTA_KINDS.length + kind) * COLUMN_BYTES;
    return new Int32Array(buffer, at, QUOTA_ROWS_MAX);
  };
  return {
    socket: column(0),
    listener: column(1),
    connection: column(2),
    page: column(3),
    lookup: column(4),
    file: column(5),
  };
}

function clampLimit(limit: number): number {
  return Math.min(Math.max(Math.floor(limit) || 0, 0), NO_LIMIT);
}
