import { EngineError } from "./error.ts";

/**
 * How often the glue instantiates each core module, by its name: jco writes one statement for each core instance of a
 * component, those of components within it included.
 *
 * @throws EngineError `glue-changed` if there are instances of which that cannot be told.
 */
export function countCoreInstances(glue: string): Map<string, number> {
  const names = new Map<string, string>();
  for (const [, variable = "", name = ""] of glue.matchAll(MODULE)) names.set(variable, name);
  const counts = new Map<string, number>();
  for (const [, variable = ""] of glue.matchAll(INSTANCE)) {
    const name = names.get(variable);
    if (name === undefined) {
      throw new EngineError("glue-changed", "Cannot count the instances of core modules");
    }
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  return counts;
}

const MODULE = /\bconst (module\d+) = getCoreModule\('([^']*)'\);/g;
/** Any call; what is no variable of a module is found, and refused. */
const INSTANCE = /\binstantiateCore\((?:yield (module\d+)\b)?/g;
