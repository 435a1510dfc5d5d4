import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { LruMap } from "../../../host/engine/lru-map.ts";

describe("LruMap", () => {
  it("forgets the entry that was not used for longest", () => {
    const map = new LruMap<string, number>(2);
    map.set("a", 1);
    map.set("b", 2);
    assert.equal(map.get("a"), 1);
    map.set("c", 3);
    assert.equal(map.get("b"), undefined);
    assert.equal(map.get("a"), 1);
    assert.equal(map.get("c"), 3);
    assert.equal(map.size, 2);
  });

  it("replaces and deletes", () => {
    const map = new LruMap<string, number>(2);
    map.set("a", 1);
    map.set("a", 2);
    assert.equal(map.size, 1);
    map.delete("a");
    assert.equal(map.get("a"), undefined);
  });
});
