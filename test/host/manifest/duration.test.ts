import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { parseAhead, parseDuration } from "../../../host/manifest/duration.ts";
import schema from "../../../manifests/workload.schema.json" with { type: "json" };

const NOT_DURATIONS = ["", "5", "s", "-1s", "1.5s", " 5s", "5 s", "5S", "5d", "1m30s", "5s\n"];

describe("parseDuration", () => {
  it("reads a whole number and its unit as milliseconds", () => {
    const texts = ["0ms", "100ms", "5s", "2m", "1h", "007s"];
    assert.deepEqual(texts.map(parseDuration), [0, 100, 5000, 120_000, 3_600_000, 7000]);
  });

  it("refuses everything else, as the schema does", () => {
    const pattern = new RegExp(schema.definitions.Duration.pattern);
    for (const text of [...NOT_DURATIONS, "12345678901s"]) {
      assert.equal(parseDuration(text), undefined, text);
      assert.equal(pattern.test(text), false, text);
    }
    for (const text of ["0ms", "1234567890h"]) assert.equal(pattern.test(text), true, text);
  });
});

describe("parseAhead", () => {
  it("reads no more than a century", () => {
    const texts = ["0ms", "876000h", "876001h", "9999999999h", "soon"];
    const century = 876_000 * 3_600_000;
    const read = texts.map(parseAhead);
    assert.deepEqual(read, [0, century, undefined, undefined, undefined]);
  });
});
