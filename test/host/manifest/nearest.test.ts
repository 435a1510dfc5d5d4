import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { nearest } from "../../../host/manifest/nearest.ts";

describe("nearest", () => {
  it("finds a slip of the pen, another letter case and a beginning", () => {
    const names = ["image", "maxRestarts", "localResources", "ports"];
    assert.equal(nearest("imgae", names), "image");
    assert.equal(nearest("maxrestarts", names), "maxRestarts");
    assert.equal(nearest("port", names), "ports");
    assert.equal(nearest("local", names), "localResources");
    assert.equal(nearest("restarts", names), "maxRestarts");
  });

  it("finds nothing where nothing is close", () => {
    assert.equal(nearest("zebra", ["image", "ports"]), undefined);
    assert.equal(nearest("x", []), undefined);
    assert.equal(nearest("", ["image"]), undefined);
  });
});
