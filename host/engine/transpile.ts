import { transpileBytes } from "@bytecodealliance/jco-transpile";
import { type Artifact } from "./artifact.ts";
import { checkCalledExports } from "./called-exports.ts";
import { readComponentNames } from "./component-names.ts";
import { countCoreInstances } from "./core-instances.ts";
import { EngineError } from "./error.ts";
import { toScript } from "./glue-script.ts";
import { instrument } from "./interrupt-module.ts";
import { checkNestedLists } from "./nested-lists.ts";
import { patchGlue } from "./patch.ts";
import { checkComponentNames, checkCoreNames } from "./safe-names.ts";
import { toImportMap, type TranspileOptions } from "./transpile-options.ts";

const NAME = "component";

/**
 * Turns a component into core modules and glue. It is synchronous work of up to seconds,
 * and importing this file costs 100 ms and 60 MB: only the compiler worker does it.
 *
 * @throws EngineError if the image is no component that jco understands,
 *   or if jco's glue is not what our patches expect.
 */
export async function transpile(image: Uint8Array, options: TranspileOptions): Promise<Artifact> {
  const names = readComponentNames(image);
  checkComponentNames(names);
  const { files } = await transpileBytes(image, {
    name: NAME,
    instantiation: "async",
    asyncMode: "jspi",
    // Functions of the host may carry `Symbol.for("cabiLower")`: core functions that skip the glue.
    importBindings: "hybrid",
    asyncImports: [...options.asyncImports],
    asyncExports: [...options.asyncExports],
    map: toImportMap(names.imports),
    base64Cutoff: 0,
    emitTypescriptDeclarations: false,
  }).catch((cause: unknown) => {
    throw new EngineError("invalid-component", `Image is not a valid component: ${text(cause)}`, {
      cause,
    });
  });
  const cores = new Map(Object.entries(files).filter(([name]) => name.endsWith(".wasm")));
  for (const bytes of cores.values()) checkCoreNames(new WebAssembly.Module(bytes));
  const module = files[`${NAME}.js`];
  if (module === undefined) throw new EngineError("glue-changed", "jco made no glue");
  const { glue } = patchGlue(new TextDecoder().decode(module));
  checkNestedLists(glue);
  checkCalledExports(glue, names.exports);
  const instances = countCoreInstances(glue);
  const isInstrumented = options.interrupts === true;
  const notes = isInstrumented ? instrumentAll(cores) : [];
  const asksToGrow = isInstrumented && notes.length === 0;
  return { ...names, glue: toScript(glue), cores, instances, asksToGrow, notes };
}

/** Instruments each core module in its place; returns why some are left as they are. */
function instrumentAll(cores: Map<string, Uint8Array>): string[] {
  const notes: string[] = [];
  for (const [name, bytes] of cores) {
    try {
      const instrumented = instrument(bytes);
      if (instrumented !== undefined) cores.set(name, instrumented);
    } catch (error) {
      if (!(error instanceof EngineError)) throw error;
      notes.push(`Its code cannot be interrupted: ${error.message}`);
    }
  }
  return notes;
}

function text(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
