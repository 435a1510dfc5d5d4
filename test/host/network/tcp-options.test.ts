import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { BUFFER_SIZE_MAX, clampBufferSize } from "../../../host/network/tcp-options.ts";

describe("clampBufferSize", () => {
  const cases: [asked: number, got: number][] = [
    [65_536, 65_536],
    [1, 1],
    [1.9, 1],
    [0, 1],
    [-7, 1],
    [Number.NaN, 1],
    [Number.NEGATIVE_INFINITY, 1],
    [BUFFER_SIZE_MAX + 1, BUFFER_SIZE_MAX],
    [2 ** 64, BUFFER_SIZE_MAX],
    [Number.POSITIVE_INFINITY, BUFFER_SIZE_MAX],
  ];
  for (const [asked, got] of cases) {
    it(`gives ${got} bytes to who asks for ${asked}`, () => {
      assert.equal(clampBufferSize(asked), got);
    });
  }
});
