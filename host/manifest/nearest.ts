import { distance } from "fastest-levenshtein";

/** The one of `names` that `written` was probably meant to be; undefined where none is close. */
export function nearest(written: string, names: readonly string[]): string | undefined {
  const word = written.toLowerCase();
  const close = names
    .map((name) => ({ name, edits: distance(word, name.toLowerCase()) }))
    .filter(({ name, edits }) => edits <= Math.min(EDITS_MAX, Math.ceil(name.length / 3)))
    .toSorted((a, b) => a.edits - b.edits);
  return close[0]?.name ?? names.find((name) => isBeginning(word, name.toLowerCase()));
}

// Two letters in each other's place are two edits.
const EDITS_MAX = 3;

/** ` (did you mean "ports"?)`, or nothing where no name is close. */
export function didYouMean(written: string, names: readonly string[]): string {
  const meant = nearest(written, names);
  return meant === undefined ? "" : ` (did you mean ${JSON.stringify(meant)}?)`;
}

function isBeginning(word: string, name: string): boolean {
  return (
    Math.min(word.length, name.length) >= 3 && (name.startsWith(word) || word.startsWith(name))
  );
}
