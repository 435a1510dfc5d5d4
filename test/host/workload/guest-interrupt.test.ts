import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { createFlag, InterruptAnswer } from "../../../host/engine/interrupt.ts";
import { CellInterrupts, GuestInterrupt } from "../../../host/workload/guest-interrupt.ts";
import { createGuest } from "../../host/wasi/support.ts";

const { goOn, pause, end } = InterruptAnswer;

describe("GuestInterrupt", () => {
  it("lets a guest go on at first, and pauses it where the event loop has not gone round", () => {
    using guest = createGuest();
    const interrupt = new GuestInterrupt(new CellInterrupts(createFlag(), 60_000), guest);
    assert.equal(interrupt.ask(), goOn);
    assert.equal(interrupt.ask(), pause);
    assert.equal(interrupt.ask(), goOn, "after the pause");
    assert.equal(interrupt.ask(), pause, "the next time");
  });

  it("pauses one guest for another that ran before it in the same turn", async () => {
    using first = createGuest();
    using second = createGuest();
    const cell = new CellInterrupts(createFlag(), 60_000);
    assert.equal(new GuestInterrupt(cell, first).ask(), goOn);
    const interrupt = new GuestInterrupt(cell, second);
    assert.equal(interrupt.ask(), pause);
    await interrupt.pause();
    assert.equal(interrupt.ask(), goOn);
  });

  it("leaves one alone that waits now and then, however long it runs", async () => {
    using guest = createGuest();
    const interrupt = new GuestInterrupt(new CellInterrupts(createFlag(), 0.001), guest);
    for (let round = 0; round < 20; round += 1) {
      guest.suspender.countWait();
      assert.equal(interrupt.ask(), goOn);
      await new Promise(setImmediate);
    }
    assert.equal(interrupt.failure, undefined);
  });

  it("ends one that has not waited for too long, and says so", async () => {
    using guest = createGuest();
    const interrupt = new GuestInterrupt(new CellInterrupts(createFlag(), 1), guest);
    assert.equal(interrupt.ask(), goOn);
    await new Promise((resolve) => {
      setTimeout(resolve, 5);
    });
    assert.equal(interrupt.ask(), end);
    assert.equal(interrupt.failure?.message, "unresponsive for 1 ms");
  });

  it("ends one that was disposed, which is no failure of its own", () => {
    const guest = createGuest();
    const interrupt = new GuestInterrupt(new CellInterrupts(createFlag(), 60_000), guest);
    guest[Symbol.dispose]();
    assert.equal(interrupt.ask(), end);
    assert.equal(interrupt.failure, undefined);
  });

  it("lowers the flag", () => {
    using guest = createGuest();
    const flag = createFlag();
    const words = new Int32Array(flag.buffer);
    words[0] = 1;
    new GuestInterrupt(new CellInterrupts(flag, 60_000), guest).ask();
    assert.equal(words[0], 0);
  });
});
