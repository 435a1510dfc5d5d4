import { type Patch } from "./patch-rule.ts";

/** A patch whose pattern is several lines of the glue, and which hits as often as it can. */
export function leanPatch(patch: {
  readonly name: string;
  readonly why: string;
  readonly pattern: string;
  readonly replacement: string;
}): Patch {
  return { ...patch, pattern: new RegExp(patch.pattern, "gm"), appliesTo: () => true };
}
