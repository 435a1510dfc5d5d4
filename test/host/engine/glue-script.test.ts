import assert from "node:assert/strict";
import { Script } from "node:vm";
import { describe, it } from "mocha";
import { toScript } from "../../../host/engine/glue-script.ts";

describe("toScript", () => {
  it("makes a script whose value is the instantiate function", () => {
    const script = toScript(
      `"use components";\nexport function instantiate(a) {\nreturn [a, import.meta.url];\n};\n\nexport const _util = {\n\n}\n`,
    );
    assert.deepEqual(new Script(script).runInThisContext()(1), [1, "file:///"]);
  });

  it("refuses a module of a shape that it does not know", () => {
    for (const module of [
      "export const x = 1;",
      "import { x } from 'y';\nexport function instantiate() {}",
      "export function instantiate() {}\nexport { instantiate };",
      "",
    ]) {
      assert.throws(() => toScript(module), { code: "glue-changed" }, module);
    }
  });
});
