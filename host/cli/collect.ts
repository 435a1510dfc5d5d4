/** For options that may be repeated: the values so far, and one more. */
export function collect(value: string, previous: readonly string[]): string[] {
  return [...previous, value];
}
