import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { timezone } from "../../../../host/wasi/clocks/timezone.ts";
import { wallClock } from "../../../../host/wasi/clocks/wall-clock.ts";

describe("wall-clock", () => {
  it("tells the machine's time", () => {
    const before = Date.now();
    const { seconds, nanoseconds } = wallClock.now();
    const after = Date.now();
    const milliseconds = Number(seconds) * 1000 + nanoseconds / 1_000_000;
    assert.ok(before <= milliseconds && milliseconds <= after);
    assert.ok(Number.isInteger(nanoseconds) && nanoseconds >= 0 && nanoseconds < 1_000_000_000);
  });

  it("has the resolution that it shows", () => {
    assert.deepEqual(wallClock.resolution(), { seconds: 0n, nanoseconds: 1_000_000 });
    assert.equal(wallClock.now().nanoseconds % 1_000_000, 0);
  });
});

describe("timezone", () => {
  it("is UTC", () => {
    assert.equal(timezone.utcOffset(), 0);
    assert.deepEqual(timezone.display(), {
      utcOffset: 0,
      name: "UTC",
      inDaylightSavingTime: false,
    });
  });
});
