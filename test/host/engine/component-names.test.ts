import assert from "node:assert/strict";
import { before, describe, it } from "mocha";
import { IMAGE_BYTES_MAX, readComponentNames } from "../../../host/engine/component-names.ts";
import { createComposition, createMicro } from "./micro-component.ts";

const CORE = Uint8Array.from([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0]);
const EMPTY_COMPONENT = Uint8Array.from([0, 0x61, 0x73, 0x6d, 0x0d, 0, 1, 0]);

describe("readComponentNames", () => {
  let micro: Uint8Array;
  before(async () => {
    micro = await createMicro();
  });

  it("reads names with their versions", () => {
    const { imports, exports } = readComponentNames(micro);
    assert.deepEqual(imports, ["test:micro/host@1.2.3"]);
    assert.ok(exports.includes("test:micro/guest@1.2.3"));
    assert.ok(exports.includes("call-late-nop"));
  });

  it("reads only the outermost names of a composition", async () => {
    assert.deepEqual(readComponentNames(await createComposition()), {
      imports: ["test:micro/host"],
      exports: ["four"],
    });
  });

  it("accepts a component with nothing in it", () => {
    assert.deepEqual(readComponentNames(EMPTY_COMPONENT), { imports: [], exports: [] });
  });

  it("says what is no component, and why", () => {
    assert.throws(() => readComponentNames(CORE), {
      code: "core-module",
      message: "Image is a core module, not a component",
    });
    for (const text of ["", "x", "hello world, this is text"]) {
      assert.throws(() => readComponentNames(Buffer.from(text)), { code: "not-wasm" });
    }
    assert.throws(() => readComponentNames(CORE.subarray(0, 6)), { code: "truncated" });
    const future = EMPTY_COMPONENT.slice();
    future[4] = 0x0e;
    assert.throws(() => readComponentNames(future), { code: "invalid-component" });
    // Pages of zeros that nobody touches: no memory is used.
    assert.throws(() => readComponentNames(new Uint8Array(IMAGE_BYTES_MAX + 1)), {
      code: "too-large",
    });
  });

  it("notices a truncation at any byte that is not the end of a section", () => {
    let whole = 0;
    for (let length = 8; length < micro.length; length++) {
      try {
        readComponentNames(micro.subarray(0, length));
        whole += 1;
      } catch (error) {
        assert.equal(Reflect.get(Object(error), "code"), "truncated");
      }
    }
    assert.ok(whole < 100, `${whole} truncations look like components`);
  });

  it("survives any single damaged byte", () => {
    for (let at = 0; at < micro.length; at += 3) {
      const damaged = micro.slice();
      damaged[at] = (damaged[at] ?? 0) ^ 0xff;
      try {
        readComponentNames(damaged);
      } catch (error) {
        assert.equal(Reflect.get(Object(error), "name"), "EngineError", `byte ${at}`);
      }
    }
  });
});
