import type { Bench, Result } from "./bench.ts";

/** The results as one table for people, ratios first. */
export function formatTable(rows: readonly (readonly [Bench, Result])[]): string {
  const cells = rows.map(([bench, result]) => [
    `${formatNumber(result.ratio)}×`,
    result.name,
    formatNumber(result.ours),
    formatNumber(result.reference),
    result.unit,
    bench.versus,
  ]);
  const lines = [["ratio", "benchmark", "ours", "reference", "unit", "against"], ...cells];
  const widths = lines[0]?.map((_, column) =>
    Math.max(...lines.map((line) => (line[column] ?? "").length)),
  );
  return lines
    .map((line) =>
      line
        .map((cell, column) => {
          const width = widths?.[column] ?? 0;
          return RIGHT.has(column) ? cell.padStart(width) : cell.padEnd(width);
        })
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}

/** Columns of numbers. */
const RIGHT: ReadonlySet<number> = new Set([0, 2, 3]);

function formatNumber(value: number): string {
  if (!Number.isFinite(value)) return "-";
  if (value >= 1000) return Math.round(value).toLocaleString("en-US");
  return value.toPrecision(3);
}
