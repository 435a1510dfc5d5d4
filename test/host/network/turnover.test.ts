import assert from "node:assert/strict";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { describe, it } from "mocha";
import { TurnoverList, TurnoverMap } from "../../../host/network/turnover.ts";

describe("TurnoverMap", () => {
  it("has what was put into it, in that order, until it is deleted", () => {
    const map = new TurnoverMap<string, number>();
    map.set("a", 1);
    map.set("b", 2);
    map.set("a", 3);
    assert.deepEqual([map.get("a"), map.get("b"), map.get("c")], [3, 2, undefined]);
    assert.deepEqual([map.has("a"), map.has("c")], [true, false]);
    assert.deepEqual([map.values(), map.first(), map.size], [[3, 2], 3, 2]);
    assert.equal(map.delete("a"), true);
    assert.equal(map.delete("a"), false);
    assert.deepEqual([map.values(), map.first(), map.size], [[2], 2, 1]);
    map.set("a", 4);
    assert.deepEqual(map.values(), [2, 4]);
  });

  it("is empty when it was cleared, and can be filled again", () => {
    const map = new TurnoverMap<number, string>();
    for (let key = 0; key < 100; key += 1) map.set(key, "x");
    map.clear();
    assert.deepEqual([map.values(), map.first(), map.size], [[], undefined, 0]);
    map.set(5, "y");
    assert.deepEqual(map.values(), ["y"]);
  });

  it("lets young collections free what was deleted", () => {
    const [collectYoung, collectAll] = collectors();
    const keptBy = (map: TurnoverMap<number, unknown>): number => {
      let next = 0;
      const turnOver = (count: number): void => {
        for (const end = next + count; next < end; next += 1) {
          map.set(
            next,
            Array.from({ length: 256 }, () => next),
          );
          map.delete(next - 100);
        }
      };
      turnOver(300);
      // From here on it is old.
      collectAll();
      collectAll();
      const before = process.memoryUsage().heapUsed;
      for (let round = 0; round < 20; round += 1) {
        turnOver(1000);
        collectYoung();
      }
      return process.memoryUsage().heapUsed - before;
    };
    // Of 20,000 values with 2 KiB each; a Map keeps 7 to 15 MiB of them.
    const kept = keptBy(new TurnoverMap<number, unknown>());
    assert.ok(kept < 4 << 20, `${kept} bytes are kept`);
  });
});

describe("TurnoverList", () => {
  it("has what was added, in that order, until its ticket is given back", () => {
    const list = new TurnoverList<string>();
    const first = list.add("a");
    const second = list.add("b");
    const third = list.add("a");
    assert.deepEqual([list.values(), list.first(), list.size], [["a", "b", "a"], "a", 3]);
    assert.equal(list.delete(first), true);
    assert.equal(list.delete(first), false);
    assert.deepEqual([list.values(), list.first(), list.size], [["b", "a"], "b", 2]);
    list.delete(third);
    list.delete(second);
    assert.deepEqual([list.values(), list.first(), list.size], [[], undefined, 0]);
    assert.equal(list.delete(0), false);
  });
});

/** Collections of the young generation, and of all. */
function collectors(): readonly [() => void, () => void] {
  setFlagsFromString("--expose-gc");
  const collect: unknown = runInNewContext("gc");
  assert.ok(typeof collect === "function");
  return [() => collect({ type: "minor" }), () => collect({ type: "major" })];
}
