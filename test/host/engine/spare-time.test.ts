import assert from "node:assert/strict";
import { setTimeout } from "node:timers/promises";
import { describe, it } from "mocha";
import { type LoopTimes, LoopSpareTime } from "../../../host/engine/spare-time.ts";

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

  it("has none where a busy loop waits for a moment", () => {
    const loop = new FakeLoop();
    for (let turn = 0; turn < 20; turn += 1) loop.turn({ active: 20 });
    assert.equal(loop.turn({ idle: 20 }), false);
    for (let turn = 0; turn < 20; turn += 1) assert.equal(loop.turn({ active: 20 }), false);
    assert.equal(loop.turn({ idle: 20 }), false);
  });

  it("has some at once where a loop has waited for long, and none once it has worked for as long", () => {
    const loop = new FakeLoop();
    loop.turn({ idle: 60_000 });
    assert.equal(loop.turn({ idle: 10, active: 10 }), true);
    const turns = Array.from({ length: 40 }, () => loop.turn({ idle: 1, active: 19 }));
    assert.ok(turns.slice(30).every((hasAny) => !hasAny));
  });

  it("has some again where a loop that was busy waits on and on", () => {
    const loop = new FakeLoop();
    for (let turn = 0; turn < 40; turn += 1) loop.turn({ active: 20 });
    const turns = Array.from({ length: 40 }, () => loop.turn({ idle: 10, active: 10 }));
    assert.ok(turns.slice(30).every(Boolean));
  });
});

function setImmediate(): Promise<void> {
  return new Promise((resolve) => {
    globalThis.setImmediate(resolve);
  });
}

class FakeLoop {
  #times: LoopTimes = { idle: 0, active: 0 };
  readonly #spareTime = new LoopSpareTime(() => this.#times);

  /** Looks for so long, in milliseconds; returns whether there was time to spare. */
  turn({ idle = 0, active = 0 }: Partial<LoopTimes>): boolean {
    this.#spareTime.start();
    this.#times = { idle: this.#times.idle + idle, active: this.#times.active + active };
    return this.#spareTime.hasAny();
  }
}
