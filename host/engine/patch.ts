import { EngineError } from "./error.ts";
import { toLean } from "./patch-lean.ts";
import { type Patch, applyPatch } from "./patch-rule.ts";

export interface PatchedGlue {
  readonly glue: string;
  /** How often each patch hit, by its name. */
  readonly counts: Readonly<Record<string, number>>;
  /** True if jco's machinery of tasks was taken out, see `patch-lean.ts`. */
  readonly lean: boolean;
}

/**
 * Repairs jco's glue and makes it faster. Each patch is an exact piece of the text that
 * jco 1.35 generates; one that finds nothing where it must is an error, because it means
 * that jco generates other code now, which nobody has read.
 *
 * @throws EngineError `glue-changed`
 */
export function patchGlue(module: string): PatchedGlue {
  const counts: Record<string, number> = {};
  let glue = module;
  for (const patch of COMMON_PATCHES) glue = apply(patch, glue, counts);
  const lean = toLean(glue);
  if (lean !== undefined) {
    return { glue: lean.glue, counts: { ...counts, ...lean.counts }, lean: true };
  }
  for (const patch of TASK_PATCHES) glue = apply(patch, glue, counts);
  return { glue, counts, lean: false };
}

/** Patches of all glue, in this order: the later ones see the text of the earlier ones. */
const COMMON_PATCHES: readonly Patch[] = [
  {
    name: "indentation",
    why: "a quarter of the glue is indentation and blank lines, and the patterns below need none",
    pattern: /\n[\t \n]+/g,
    replacement: "\n",
    appliesTo: () => true,
  },
  {
    name: "debug-definition",
    why: "_debugLog reads process.env four to eight times per import, microseconds each",
    pattern:
      /const _debugLog = \(\.\.\.args\) => \{\nif \(!globalThis\?\.process\?\.env\?\.JCO_DEBUG\) \{ return; \}\nconsole\.debug\(\.\.\.args\);\n\};?/g,
    replacement: "const _debugLog = () => {};",
    appliesTo: (glue) => glue.includes("_debugLog("),
  },
  {
    name: "debug-calls",
    why: "their arguments are objects that are made at each call, even if nobody looks",
    pattern: /^_debugLog\((?:[^()]|\((?:[^()]|\((?:[^()]|\([^()]*\))*\))*\))*\);?\n/gm,
    replacement: "",
    appliesTo: (glue) => glue.includes("\n_debugLog("),
  },
  {
    name: "comments",
    why: "they are read by nobody, and their brackets need not match",
    pattern: /^\/\/.*\n/gm,
    replacement: "",
    appliesTo: (glue) => /^\/\//m.test(glue),
  },
  {
    name: "error-output",
    why: "the error that follows says the same to the caller, who knows whom to tell",
    pattern: /^console\.error\("ERROR:", err\.toString\(\)\);\n/gm,
    replacement: "",
    appliesTo: (glue) => glue.includes('console.error("ERROR:"'),
  },
  {
    name: "created-reps",
    why: "a set that each new handle is added to and none is removed from: a leak; read in compositions",
    pattern: /^table\._createdReps\.add\(rep\);\n/gm,
    replacement: "",
    appliesTo: leaksReps,
  },
  {
    name: "created-reps-sets",
    why: "nothing is added to them any more; two objects less for each type of resource",
    pattern: /^handleTable\d+\._createdReps = new Set\(\);\n/gm,
    replacement: "",
    appliesTo: leaksReps,
  },
];

/** Patches of the machinery of tasks, for glue that keeps it. */
const TASK_PATCHES: readonly Patch[] = [
  {
    name: "dropped-waitables",
    why: "each import that suspends throws and catches an error: its own event is still pending",
    pattern:
      /(throw new Error\("unexpectedly received non-self Subtask from handle removal"\);\n\})(\nthis\.drop\(\);)/g,
    replacement: "$1\nthis.setPendingEvent(null);$2",
    appliesTo: (glue) => glue.includes("class AsyncSubtask {"),
  },
  {
    name: "rejected-imports",
    why: "an import without result that rejects waits for a promise that never settles",
    pattern:
      /(getOrCreateAsyncState\(\d+\)\.markTrapped\(err\);\ntask\.setErrored\(err\);\ntask\.reject\(err\);\ntask\.exit\(\);\n)return task\.completionPromise\(\);\n/g,
    replacement: "$1throw err;\n",
    appliesTo: (glue) => glue.includes("task.exit();\nreturn task.completionPromise();"),
  },
];

function leaksReps(glue: string): boolean {
  return /_createdReps\b/.test(glue) && !glue.includes("_createdReps.has(");
}

function apply(patch: Patch, glue: string, counts: Record<string, number>): string {
  counts[patch.name] = 0;
  if (!patch.appliesTo(glue)) return glue;
  const result = applyPatch(patch, glue);
  if (result.count === 0) {
    throw new EngineError(
      "glue-changed",
      `Cannot patch the glue of jco: it changed, patch "${patch.name}" found nothing`,
    );
  }
  counts[patch.name] = result.count;
  return result.glue;
}
