import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { ManifestError } from "../../../host/manifest/error.ts";

describe("ManifestError", () => {
  it("has a line for each mistake, up to a hundred, and tells how many more there are", () => {
    const problems = Array.from({ length: 101 }, (_, index) => ({
      location: { file: "m.yaml", line: index + 1, column: 3 },
      message: "spec.x is unknown",
      code: "unknown-key" as const,
    }));
    const lines = new ManifestError(problems.slice(0, 100)).message.split("\n");
    assert.equal(lines.length, 100);
    assert.equal(lines[99], "m.yaml:100:3: spec.x is unknown");
    assert.deepEqual(new ManifestError(problems).message.split("\n"), [...lines, "… and 1 more"]);
    assert.equal(new ManifestError(problems).problems.length, 101);
  });
});
