import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { formatAge, formatCpuTime } from "../../../host/cli/format-age.ts";

const SECOND = 1000;
const HOUR = 3600 * SECOND;

describe("formatAge", () => {
  for (const [milliseconds, text] of [
    [-5, "0s"],
    [999, "0s"],
    [119 * SECOND, "119s"],
    [120 * SECOND, "2m"],
    [2 * HOUR, "2h"],
    [48 * HOUR, "2d"],
  ] as const) {
    it(`says ${text} for ${milliseconds} ms`, () => assert.equal(formatAge(milliseconds), text));
  }
});

describe("formatCpuTime", () => {
  for (const [milliseconds, text] of [
    [0, "0ms"],
    [999, "999ms"],
    [1500, "1.5s"],
    [190 * SECOND, "3m10s"],
  ] as const) {
    it(`says ${text} for ${milliseconds} ms`, () =>
      assert.equal(formatCpuTime(milliseconds), text));
  }
});
