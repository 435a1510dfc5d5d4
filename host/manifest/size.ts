/**
 * Sizes: a whole number and its unit, `64Ki`, `16Mi` or `1Gi`; nothing else.
 * The schema's `Size` is the same grammar, for editors.
 */
const SIZE = /^([0-9]{1,10})(Ki|Mi|Gi)$/;

const BYTES: Readonly<Record<string, number>> = { Ki: 2 ** 10, Mi: 2 ** 20, Gi: 2 ** 30 };

/** The bytes that `text` stands for; undefined where it is not a size. */
export function parseSize(text: string): number | undefined {
  const [, digits, unit] = SIZE.exec(text) ?? [];
  if (digits === undefined || unit === undefined) return undefined;
  return Number(digits) * (BYTES[unit] ?? Number.NaN);
}
