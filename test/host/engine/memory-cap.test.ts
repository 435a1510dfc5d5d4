import assert from "node:assert/strict";
import { parse } from "@bytecodealliance/jco-transpile/wasm-tools";
import { describe, it } from "mocha";
import { capMemory, PAGE_BYTES } from "../../../host/engine/memory-cap.ts";

function grow(bytes: Uint8Array, pages: number): unknown {
  const { grow } = new WebAssembly.Instance(new WebAssembly.Module(bytes)).exports;
  assert.ok(typeof grow === "function");
  return grow(pages);
}

const module = (memory: string, type = "i32"): Promise<Uint8Array> =>
  parse(`(module ${memory} (func (export "grow") (param ${type}) (result ${type})
    (memory.grow (local.get 0))) (data (i32.const 0) "x"))`);

describe("capMemory", () => {
  it("makes memory.grow fail beyond the limit", async () => {
    const bytes = capMemory(await module("(memory 2)"), 50 * PAGE_BYTES);
    assert.equal(grow(bytes, 49), -1);
    assert.equal(grow(bytes, 48), 2);
  });

  it("keeps a maximum that is below the limit, and rounds the limit down to pages", async () => {
    assert.equal(grow(capMemory(await module("(memory 1 3)"), 50 * PAGE_BYTES), 3), -1);
    const bytes = capMemory(await module("(memory 1 9)"), 3 * PAGE_BYTES - 1);
    assert.equal(grow(bytes, 2), -1);
    assert.equal(grow(bytes, 1), 1);
  });

  it("returns a module without memories as it is", async () => {
    const bytes = await parse("(module (func))");
    assert.equal(capMemory(bytes, PAGE_BYTES), bytes);
  });

  it("caps memories with 64-bit addresses", async () => {
    const bytes = capMemory(
      await parse(`(module (memory i64 1) (func (export "grow") (param i64) (result i64)
        (memory.grow (local.get 0))))`),
      2 * PAGE_BYTES,
    );
    const { grow } = new WebAssembly.Instance(new WebAssembly.Module(bytes)).exports;
    assert.ok(typeof grow === "function");
    assert.equal(grow(2n), -1n);
    assert.equal(grow(1n), 1n);
  });

  it("names both sizes if a memory starts larger than the limit", async () => {
    const bytes = await module("(memory 160)");
    assert.throws(() => capMemory(bytes, 8 * 2 ** 20), {
      code: "memory-limit",
      message: "Memory starts with 10 MiB, the limit is 8 MiB",
    });
    assert.throws(() => capMemory(bytes, 0), { code: "memory-limit" });
  });

  it("caps the memory of a module that has a section named as ours, before it or behind", async () => {
    const custom = [...Buffer.from("\u000cislet:memory"), 0];
    const section = [0, custom.length, ...custom];
    const preamble = [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0];
    const rest = [7, 5, 1, 1, 0x6d, 2, 0]; // (export "m" (memory 0))
    for (const memory of [
      [...section, 5, 3, 1, 0, 1],
      [5, 3, 1, 0, 1, ...section],
    ]) {
      const capped = capMemory(Uint8Array.from([...preamble, ...memory, ...rest]), 16 * PAGE_BYTES);
      const { m } = new WebAssembly.Instance(new WebAssembly.Module(capped.slice())).exports;
      assert.ok(m instanceof WebAssembly.Memory);
      assert.throws(() => m.grow(16), RangeError);
      assert.equal(m.grow(15), 1);
    }
  });

  it("refuses shared memories", async () => {
    const bytes = await parse("(module (memory 1 2 shared))");
    assert.throws(() => capMemory(bytes, 4 * PAGE_BYTES), { code: "unsupported" });
  });

  it("refuses a malformed memory section", () => {
    const preamble = [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0];
    const check = (section: number[], code: string): void => {
      const bytes = Uint8Array.from([...preamble, 5, section.length, ...section]);
      assert.throws(() => capMemory(bytes, PAGE_BYTES), { code });
    };
    check([1], "truncated");
    check([1, 0], "truncated");
    check([1, 0x40, 1], "invalid-component");
    check([1, 0x08, 1], "unsupported");
    check([1, 0, 1, 0], "invalid-component");
    check([0xff, 0xff, 0xff, 0xff, 0x0f, 0, 1], "truncated");
  });
});
