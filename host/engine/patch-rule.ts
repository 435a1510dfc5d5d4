/** One change of the text of jco's glue. */
export interface Patch {
  readonly name: string;
  /** What is wrong with the text as jco writes it. */
  readonly why: string;
  /** Global; matches whole statements of the glue, exactly as jco writes them. */
  readonly pattern: RegExp;
  /** As for `String.prototype.replace`. */
  readonly replacement: string;
  /** True if `glue` has what the patch is for; then it must hit. */
  appliesTo(glue: string): boolean;
}

/** `glue` with every match of the patch replaced, and how many there were. */
export function applyPatch(
  patch: Pick<Patch, "pattern" | "replacement">,
  glue: string,
): { readonly glue: string; readonly count: number } {
  const count = glue.match(patch.pattern)?.length ?? 0;
  return { glue: count === 0 ? glue : glue.replace(patch.pattern, patch.replacement), count };
}
