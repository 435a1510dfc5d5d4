import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { before, describe, it } from "mocha";
import { patchGlue } from "../../../host/engine/patch.ts";
import { createComposition, createMicro } from "./micro-component.ts";
import { rawGlue } from "./raw-glue.ts";

const fixture = (name: string): Promise<Uint8Array> =>
  readFile(new URL(`../../fixture/guest/${name}.wasm`, import.meta.url));

/** What of a component the counts of the lean patches follow from. */
function expected(shape: {
  readonly asyncExports: number;
  readonly syncExports: number;
  readonly postReturns: number;
  readonly imports: number;
  readonly resultImports: number;
  readonly drops: number;
  /** Resources among the parameters of imports. */
  readonly lifts: number;
  /** Imports that borrow. */
  readonly borrowers: number;
}): Record<string, number> {
  const exports = shape.asyncExports + shape.syncExports;
  return {
    "lean-async-exports": shape.asyncExports,
    "lean-sync-exports": shape.syncExports,
    "lean-export-calls": exports,
    "lean-post-return": shape.postReturns,
    "lean-import-tasks": shape.imports,
    "lean-import-calls": shape.imports,
    "lean-import-bindings": shape.imports,
    "lean-import-guards": shape.imports,
    "lean-drop-guards": shape.drops,
    "lean-errors": exports + shape.imports - shape.resultImports,
    "lean-result-errors": shape.resultImports,
    "lean-results": exports + shape.imports,
    "lean-exits": exports + shape.imports,
    "lean-instance-flags": 1,
    "lean-lifts": shape.lifts,
    "lean-borrows": shape.borrowers,
    "lean-missing": shape.imports,
    "lean-guest-calls": 0,
    "lean-guest-returns": 0,
    "lean-context-gets": 0,
    "lean-context-sets": 0,
  };
}

describe("patchGlue", () => {
  let micro: string;
  before(async () => {
    micro = await rawGlue(await createMicro());
  });

  it("hits each call of the micro component", () => {
    checkLean(micro, {
      asyncExports: 5,
      syncExports: 8,
      postReturns: 2,
      imports: 8,
      resultImports: 2,
      drops: 1,
      lifts: 2,
      borrowers: 1,
    });
    const { counts } = patchGlue(micro);
    assert.equal(counts["debug-definition"], 1);
    assert.equal(counts["created-reps"], 1);
    assert.ok((counts["debug-calls"] ?? 0) > 100);
  });

  it("hits each call of the compiled guests", async () => {
    for (const [name, shape] of Object.entries(GUESTS)) {
      const glue = await rawGlue(await fixture(name));
      const { lean, counts } = patchGlue(glue);
      assert.equal(lean, true, name);
      assert.equal(counts["lean-async-exports"], shape.asyncExports, name);
      const trampolines = glue.match(/const _trampoline\d+ = /g)?.length;
      assert.equal(counts["lean-import-bindings"], trampolines, name);
      assert.equal(counts["lean-import-calls"], trampolines, name);
    }
  });

  it("leaves no hollow object where a class can find the real one", async () => {
    for (const name of Object.keys(GUESTS)) {
      const { glue } = patchGlue(await rawGlue(await fixture(name)));
      assert.equal(glue.match(/Object\.create\(/g)?.length, 1, name);
    }
  });

  it("leaves nothing that logs for debugging", () => {
    const { glue } = patchGlue(micro);
    assert.doesNotMatch(glue, /process\.env|console\.debug/);
  });

  it("keeps the machinery of tasks for a composition, and repairs it", async () => {
    const { lean, counts, glue } = patchGlue(await rawGlue(await createComposition()));
    assert.equal(lean, false);
    assert.equal(counts["dropped-waitables"], 1);
    assert.match(glue, /class AsyncTask \{/);
  });

  it("repairs the rejection of each import that may suspend, without the lean patches", () => {
    // One thing that the lean patches do not know is enough for them to do nothing.
    const other = micro.replace("const _trampoline0 =", "task.unknown();\n$&");
    const { lean, counts } = patchGlue(other);
    assert.equal(lean, false);
    assert.equal(
      counts["rejected-imports"],
      other.match(/return task\.completionPromise\(\);/g)?.length,
    );
    assert.equal(counts["dropped-waitables"], 1);
  });

  it("says which patch found nothing where jco changed its glue", () => {
    check(micro, "debug-definition", "JCO_DEBUG", "JCO_TRACE");
    check(micro, "created-reps", "_createdReps.add(rep)", "_createdReps.add(rep, 1)");
    check(micro, "dropped-waitables", "non-self Subtask", "other Subtask");
  });
});

const GUESTS = {
  "http-hello": { asyncExports: 1 },
  "http-dial": { asyncExports: 1 },
  "http-count": { asyncExports: 1 },
  "http-misbehave": { asyncExports: 1 },
  "tcp-echo": { asyncExports: 1 },
  "service-misbehave": { asyncExports: 1 },
};

function checkLean(glue: string, shape: Parameters<typeof expected>[0]): void {
  const { lean, counts } = patchGlue(glue);
  assert.equal(lean, true);
  const ours = Object.entries(counts).filter(([name]) => name.startsWith("lean-"));
  const { "lean-prune": pruned, ...rest } = Object.fromEntries(ours);
  assert.deepEqual(rest, expected(shape));
  assert.ok(pruned !== undefined && 40 < pruned, `${pruned} declarations removed`);
}

function check(micro: string, name: string, from: string, to: string): void {
  const changed = micro.replace("const _trampoline0 =", "task.unknown();\n$&").replaceAll(from, to);
  assert.notEqual(changed, micro);
  assert.throws(() => patchGlue(changed), {
    code: "glue-changed",
    message: `Cannot patch the glue of jco: it changed, patch "${name}" found nothing`,
  });
}
