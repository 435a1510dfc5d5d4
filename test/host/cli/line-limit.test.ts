import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { LineLimit } from "../../../host/cli/line-limit.ts";

describe("LineLimit", () => {
  it("lets a burst through, then one line an interval, and says how many were left out", () => {
    const limit = new LineLimit({ burst: 2, interval: 1000 });
    assert.equal(limit.admit("a", 0), 0);
    assert.equal(limit.admit("a", 0), 0);
    assert.equal(limit.admit("a", 0), undefined);
    assert.equal(limit.admit("a", 999), undefined);
    assert.equal(limit.admit("a", 1000), 2);
    assert.equal(limit.admit("a", 1001), undefined);
    assert.equal(limit.admit("a", 2000), 1);
  });

  it("does not save up more than a burst", () => {
    const limit = new LineLimit({ burst: 2, interval: 1000 });
    assert.equal(limit.admit("a", 0), 0);
    assert.deepEqual(
      [1, 2, 3].map(() => limit.admit("a", 1_000_000)),
      [0, 0, undefined],
    );
  });

  it("does not lose a part of an interval to lines in between", () => {
    const limit = new LineLimit({ burst: 1, interval: 1000 });
    const printed = Array.from({ length: 100 }, (_, index) => limit.admit("a", index * 300));
    assert.equal(printed.filter((left) => left !== undefined).length, 30);
  });

  it("does not remember sources without end", () => {
    const limit = new LineLimit({ burst: 1, interval: 1000 });
    assert.equal(limit.admit("first", 0), 0);
    for (let index = 0; index < 1000; index += 1) limit.admit(`a${index}`, 0);
    assert.equal(limit.admit("first", 0), undefined);
    for (let index = 0; index < 1024; index += 1) limit.admit(`b${index}`, 0);
    assert.equal(limit.admit("first", 0), 0);
  });

  it("keeps sources apart, and stands a clock that goes back", () => {
    const limit = new LineLimit({ burst: 1, interval: 1000 });
    assert.equal(limit.admit("a", 5000), 0);
    assert.equal(limit.admit("b", 5000), 0);
    assert.equal(limit.admit("a", 0), undefined);
    assert.equal(limit.admit("a", 6000), 1);
  });
});
