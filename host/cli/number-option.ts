import { UsageError } from "./usage-error.ts";

/** The whole number of an option, between two bounds. Throws `UsageError`. */
export function readNumber(name: string, text: string, least: number, most: number): number {
  const number = /^\d{1,10}$/.test(text) ? Number(text) : Number.NaN;
  if (number >= least && number <= most) return number;
  throw new UsageError(`${name} ${text} is not a whole number from ${least} to ${most}`);
}
