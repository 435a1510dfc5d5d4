import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { toLeb128, WasmReader } from "../../../host/engine/wasm-reader.ts";

const reader = (...bytes: number[]): WasmReader => new WasmReader(Uint8Array.from(bytes));

describe("WasmReader", () => {
  it("reads what toLeb128 writes", () => {
    for (const value of [0, 1, 127, 128, 16_383, 16_384, 0x7fff_ffff, 0xffff_ffff]) {
      assert.equal(reader(...toLeb128(value)).u32(), value);
      assert.equal(reader(...toLeb128(value)).u64(), value);
    }
    assert.equal(reader(...toLeb128(2 ** 48)).u64(), 2 ** 48);
  });

  it("reads padded integers, as toolchains write them", () => {
    assert.equal(reader(0x81, 0x80, 0x80, 0x80, 0x00).u32(), 1);
  });

  it("refuses integers that are too long or too large", () => {
    for (const bytes of [
      [0x80, 0x80, 0x80, 0x80, 0x80, 0x00],
      [0xff, 0xff, 0xff, 0xff, 0x1f],
    ]) {
      assert.throws(() => reader(...bytes).u32(), { code: "invalid-component" });
    }
    const largest = [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01];
    assert.throws(() => reader(...largest).u64(), { code: "invalid-component" });
  });

  it("never reads behind the end", () => {
    assert.throws(() => reader(0x80).u32(), { code: "truncated" });
    assert.throws(() => reader(5, 0x61).name(), { code: "truncated" });
    assert.throws(() => reader(1, 0xff, 0xff, 0xff, 0xff, 0x0f, 0).section(), {
      code: "truncated",
    });
    const { body } = reader(7, 1, 42, 99).section();
    assert.equal(body.byte(), 42);
    assert.throws(() => body.byte(), { code: "truncated" });
  });

  it("refuses names that are not UTF-8", () => {
    assert.throws(() => reader(1, 0xff).name(), { code: "invalid-component" });
    assert.equal(reader(2, 0xc3, 0xa4).name(), "ä");
  });
});
