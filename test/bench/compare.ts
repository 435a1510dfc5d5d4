import { type Measurement, median } from "./bench.ts";

export const MIB: number = 1024 * 1024;

/** Takes samples of both by turns until the budget is spent, and gives the middle ones. */
export async function compare(
  budget: number,
  ours: (size: number) => Promise<number>,
  reference: (size: number) => Promise<number>,
  size = 2000,
): Promise<Measurement> {
  // The first calls are compiled on the way.
  await ours(size);
  await reference(size);
  const samples = { ours: [] as number[], reference: [] as number[] };
  for (const end = performance.now() + budget; performance.now() < end;) {
    samples.ours.push(await ours(size));
    samples.reference.push(await reference(size));
  }
  return { ours: median(samples.ours), reference: median(samples.reference) };
}

/** MiB a second. */
export async function rateOf(bytes: number, action: () => Promise<void>): Promise<number> {
  const started = performance.now();
  await action();
  return bytes / MIB / ((performance.now() - started) / 1000);
}
