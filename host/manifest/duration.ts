/**
 * Durations: a whole number and its unit, `100ms`, `5s`, `2m` or `1h`; nothing else.
 * The schema's `Duration` is the same grammar, for editors.
 */
const DURATION = /^([0-9]{1,10})(ms|s|m|h)$/;

const MILLISECONDS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

/** The longest duration that a timer takes, in milliseconds: the largest signed 32-bit number, nearly 25 days. */
export const DURATION_MAX = 2_147_483_647;

/** The milliseconds that `text` stands for; undefined where it is not a duration. */
export function parseDuration(text: string): number | undefined {
  const [, digits, unit] = DURATION.exec(text) ?? [];
  if (digits === undefined || unit === undefined) return undefined;
  return Number(digits) * (MILLISECONDS[unit] ?? Number.NaN);
}

/** A century, in milliseconds: of that far ahead there are dates. */
const AHEAD_MAX = 100 * 365 * 24 * 3_600_000;

/** As `parseDuration`, for the time until something ends; undefined as well where that is longer than a century. */
export function parseAhead(text: string): number | undefined {
  const duration = parseDuration(text);
  return duration !== undefined && duration <= AHEAD_MAX ? duration : undefined;
}
