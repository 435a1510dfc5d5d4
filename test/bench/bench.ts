/** One figure of ours beside the same thing done by a reference, measured in the same run. */
export interface Measurement {
  readonly ours: number;
  readonly reference: number;
}

/** A benchmark: what is measured, in which unit, and against what. */
export interface Bench {
  /** Stable name, as in the JSON file. */
  readonly name: string;
  readonly unit: string;
  /** Whether more is better, as for rates, or less, as for times and sizes. */
  readonly better: "more" | "less";
  /** What `ours` and `reference` are, for the table. */
  readonly versus: string;
  /** Whether it takes minutes, so that a quick run leaves it out. */
  readonly slow?: boolean;
  /** Why it cannot be run here; undefined where it can. */
  readonly skip?: () => string | undefined;
  /** Measures within about `budget` milliseconds, ours and the reference by turns where the machine's noise would matter. */
  run(budget: number): Promise<Measurement>;
}

/** A line of the JSON file. */
export interface Result extends Measurement {
  readonly name: string;
  readonly unit: string;
  /** How many times better than the reference we are; above 1 is better, whatever the unit. */
  readonly ratio: number;
}

export function toResult(bench: Bench, { ours, reference }: Measurement): Result {
  const ratio = bench.better === "more" ? ours / reference : reference / ours;
  return { name: bench.name, ours, reference, unit: bench.unit, ratio };
}

/** The middle value, which a few disturbed samples do not move; NaN for none. */
export function median(samples: readonly number[]): number {
  const sorted = samples.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? upper) + upper) / 2;
}
