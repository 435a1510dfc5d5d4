import { EngineError } from "./error.ts";

// What jco's module has that a script must not have, with what stands there instead.
// `import(…)` of the glue only serves to load core modules from files, which Islet never asks for;
// it stays, because a script may contain it.
const REWRITES: readonly (readonly [RegExp, string])[] = [
  [/^"use components";\s*/, ""],
  [/\bexport function instantiate\(/, "function instantiate("],
  [/\bimport\.meta\.url\b/g, '"file:///"'],
  [/\bexport const _util = \{\s*\};?/, ""],
];

/**
 * jco's module as a script whose value is its `instantiate` function: `vm.Script` keeps
 * compiled code across processes, which modules cannot.
 *
 * @throws EngineError `glue-changed` if the module has a shape that was never seen.
 */
export function toScript(module: string): string {
  let script = module;
  for (const [pattern, replacement] of REWRITES) script = script.replace(pattern, replacement);
  if (!script.includes("function instantiate(") || /^\s*(?:export|import)\b[^(]/m.test(script)) {
    throw new EngineError(
      "glue-changed",
      "Cannot wrap the glue of jco as a script: it is no module with an instantiate function",
    );
  }
  return `(() => {${script}\nreturn instantiate;\n})()`;
}
