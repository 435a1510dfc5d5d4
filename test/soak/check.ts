/** One figure of a soak, and the most that it may be. */
export interface Check {
  readonly name: string;
  readonly before: number;
  readonly after: number;
  /** How much `after` may be above `before`. */
  readonly tolerance: number;
  readonly unit: string;
}

export function holds({ before, after, tolerance }: Check): boolean {
  return after <= before + tolerance;
}

/** A line for each check, in columns. */
export function toTable(checks: readonly Check[]): string {
  const rows = checks.map((check) => [
    check.name,
    format(check.before),
    format(check.after),
    `+${format(check.tolerance)}`,
    check.unit,
    holds(check) ? "ok" : "TOO MUCH",
  ]);
  const table = [["", "before", "after", "may grow", "", ""], ...rows];
  const widths = table.reduce<number[]>(
    (widest, row) => row.map((cell, column) => Math.max(cell.length, widest[column] ?? 0)),
    [],
  );
  return table
    .map((row) =>
      row
        .map((cell, column) => align(cell, column, widths))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}

function align(cell: string, column: number, widths: readonly number[]): string {
  const width = widths[column] ?? 0;
  return column === 0 || column > 3 ? cell.padEnd(width) : cell.padStart(width);
}

function format(value: number): string {
  return Number.isInteger(value) ? String(value) : value.toFixed(1);
}
