import assert from "node:assert/strict";
import { setTimeout } from "node:timers/promises";
import { describe, it } from "mocha";
import { LoopSpareTime } from "../../../host/engine/spare-time.ts";

describe("LoopSpareTime", () => {
  it("has some where the loop waits", async () => {
    const spareTime = new LoopSpareTime();
    // The loop counts what it has waited when it goes on.
    spareTime.start();
    await setTimeout(50);
    assert.equal(spareTime.hasAny(), true);
  });

  it("has none where it never waits", async () => {
    const spareTime = new LoopSpareTime();
    await setTimeout(20);
    spareTime.start();
    const until = performance.now() + 50;
    while (performance.now() < until) await setImmediate();
    assert.equal(spareTime.hasAny(), false);
  });
});

function setImmediate(): Promise<void> {
  return new Promise((resolve) => {
    globalThis.setImmediate(resolve);
  });
}
