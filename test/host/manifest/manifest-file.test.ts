import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { toDisplayPath } from "../../../host/manifest/manifest-file.ts";

describe("toDisplayPath", () => {
  it("is relative to the working directory, unless that is longer", () => {
    assert.equal(toDisplayPath("/work/manifests/a.yaml", "/work"), "manifests/a.yaml");
    assert.equal(toDisplayPath("/work/a.yaml", "/work/templates"), "../a.yaml");
    assert.equal(toDisplayPath("/tmp/a.yaml", "/work/main/templates"), "/tmp/a.yaml");
    assert.equal(toDisplayPath("/work", "/work"), ".");
  });
});
