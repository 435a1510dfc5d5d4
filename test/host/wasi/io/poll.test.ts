import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { WaitList } from "../../../../host/network/wait-list.ts";
import { poll } from "../../../../host/wasi/io/poll.ts";
import { Pollable } from "../../../../host/wasi/io/pollable.ts";
import { createGuest } from "../support.ts";

class Flag {
  ready = false;
  dropped = 0;
  readonly waitList = new WaitList();

  raise(): void {
    this.ready = true;
    this.waitList.notify();
  }

  drop(): void {
    this.dropped += 1;
  }
}

async function turnOfTheLoop(): Promise<void> {
  await new Promise((resolve) => {
    setImmediate(resolve);
  });
}

describe("poll", () => {
  it("traps an empty list", () => {
    assert.throws(() => poll([]), RangeError);
  });

  it("gives at once the indexes of all that are ready, the same pollable as often as it is listed", () => {
    using guest = createGuest();
    const [up, down] = [new Flag(), new Flag()];
    up.raise();
    const [a, b] = [new Pollable(guest, up), new Pollable(guest, down)];
    assert.deepEqual(poll([a, b, a]), [0, 2]);
  });

  it("waits for the first, whichever of the list it is", async () => {
    using guest = createGuest();
    const flags = [new Flag(), new Flag(), new Flag()];
    const list = flags.map((flag) => new Pollable(guest, flag));
    for (const [index, flag] of flags.entries()) {
      const polling = poll(list);
      flag.raise();
      assert.deepEqual(await polling, [index]);
      flag.ready = false;
      assert.ok(flags.every((flag) => flag.waitList.isEmpty));
    }
  });

  it("gives everything that became ready before it went on", async () => {
    using guest = createGuest();
    const flags = [new Flag(), new Flag()];
    const polling = poll(flags.map((flag) => new Pollable(guest, flag)));
    for (const flag of flags) flag.ready = true;
    for (const flag of flags) flag.waitList.notify();
    assert.deepEqual(await polling, [0, 1]);
  });

  it("waits once for a pollable that is listed twice", async () => {
    using guest = createGuest();
    const flag = new Flag();
    const pollable = new Pollable(guest, flag);
    const polling = poll([pollable, pollable]);
    flag.raise();
    assert.deepEqual(await polling, [0, 1]);
  });

  it("does not go on for a notice without readiness", async () => {
    using guest = createGuest();
    const flag = new Flag();
    let over = false;
    const polling = Promise.resolve(poll([new Pollable(guest, flag)])).then((ready) => {
      over = true;
      return ready;
    });
    flag.waitList.notify();
    await turnOfTheLoop();
    assert.equal(over, false);
    flag.raise();
    assert.deepEqual(await polling, [0]);
  });
});

describe("Pollable", () => {
  it("is level-triggered: ready as long as its condition is", async () => {
    using guest = createGuest();
    const flag = new Flag();
    const pollable = new Pollable(guest, flag);
    assert.equal(pollable.ready(), false);
    const blocking = pollable.block();
    flag.raise();
    await blocking;
    assert.equal(pollable.block(), undefined);
    assert.equal(pollable.ready(), true);
    flag.ready = false;
    assert.equal(pollable.ready(), false);
  });

  it("tells its condition once that it was dropped", () => {
    using guest = createGuest();
    const flag = new Flag();
    const pollable = new Pollable(guest, flag);
    pollable[Symbol.dispose]();
    pollable[Symbol.dispose]();
    assert.equal(flag.dropped, 1);
  });

  it("wakes several stacks of one guest, each once", async () => {
    using guest = createGuest();
    const flags = [new Flag(), new Flag()];
    const woken: number[] = [];
    const waits = flags.map(async (flag, index) => {
      await new Pollable(guest, flag).block();
      woken.push(index);
    });
    flags[1]?.raise();
    await turnOfTheLoop();
    assert.deepEqual(woken, [1]);
    flags[0]?.raise();
    await Promise.all(waits);
    assert.deepEqual(woken, [1, 0]);
  });

  it("lets timers have their turn while two guests keep waking each other", async () => {
    using guest = createGuest();
    const flags = [new Flag(), new Flag()] as const;
    let timerFired = false;
    const timer = setTimeout(() => {
      timerFired = true;
    }, 1);
    const player = async (mine: Flag, theirs: Flag): Promise<void> => {
      const pollable = new Pollable(guest, mine);
      // A million rounds take seconds, so the timer decides when the game ends.
      for (let round = 0; round < 1_000_000 && !timerFired; round += 1) {
        theirs.raise();
        await pollable.block();
        mine.ready = false;
      }
      theirs.raise();
    };
    await Promise.all([player(flags[0], flags[1]), player(flags[1], flags[0])]);
    clearTimeout(timer);
    assert.equal(timerFired, true);
  });
});
