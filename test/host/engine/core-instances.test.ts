import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { countCoreInstances } from "../../../host/engine/core-instances.ts";
import { createFacade, createMicro } from "./micro-component.ts";
import { rawGlue } from "./raw-glue.ts";

describe("countCoreInstances", () => {
  it("counts the statements that instantiate a core module", () => {
    const glue = `
      const module0 = getCoreModule('a.wasm');
      const module10 = getCoreModule('b.wasm');
      ({ exports: exports0 } = yield instantiateCore(yield module0, {}));
      ({ exports: exports1 } = yield instantiateCore(yield module10));
      ({ exports: exports2 } = yield instantiateCore(yield module0));`;
    const counts = countCoreInstances(glue);
    assert.deepEqual(Object.fromEntries(counts), { "a.wasm": 2, "b.wasm": 1 });
  });

  it("finds the core modules of components, whatever their glue", async () => {
    for (const image of [await createMicro(), await createFacade()]) {
      const glue = await rawGlue(image);
      const count = glue.split("getCoreModule('").length - 1;
      assert.deepEqual(
        [...countCoreInstances(glue).values()],
        Array.from({ length: count }, () => 1),
      );
    }
  });

  it("refuses glue in which it cannot tell", () => {
    for (const call of ["await module0", "yield module1", "m", "yield module0x"]) {
      const glue = `const module0 = getCoreModule('a.wasm'); instantiateCore(${call})`;
      assert.throws(() => countCoreInstances(glue), { code: "glue-changed" });
    }
  });
});
