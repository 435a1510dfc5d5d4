import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { createFlag } from "../../../host/engine/interrupt.ts";
import {
  answerInterrupt,
  InterruptClock,
  wordsOf,
} from "../../../host/workload/interrupt-clock.ts";
import { FakeClock } from "./fake-clock.ts";

describe("InterruptClock", () => {
  it("raises the flag now and then of a cell at rest, and again and again of one at work", () => {
    const { clock, raised } = start({ isBusy: () => false });
    clock.advance(2_000);
    assert.ok(raised() > 0 && raised() <= 4, "at rest");
    const before = raised();
    const busy = start({ isBusy: () => true });
    busy.clock.advance(2_000);
    assert.ok(busy.raised() > 10 * before, "at work");
  });

  it("is quick at once when it is woken, and slow again when nothing comes of it", () => {
    const { clock, raised, interrupts } = start({ isBusy: () => false });
    interrupts.wake();
    clock.advance(100);
    assert.ok(raised() >= 4);
    clock.advance(10_000);
    const before = raised();
    clock.advance(2_000);
    assert.ok(raised() - before <= 4);
  });

  it("stays quick while somebody answers", () => {
    const { clock, raised, words } = start({ isBusy: () => false });
    clock.advance(500);
    for (let round = 0; round < 100; round += 1) {
      answerInterrupt(words);
      assert.equal(words[0], 0, "lowered");
      clock.advance(20);
    }
    assert.ok(raised() > 60, "from the next look on");
  });

  it("leaves no timer behind", () => {
    const { clock, interrupts } = start({ isBusy: () => true });
    clock.advance(1_000);
    assert.equal(clock.size, 1);
    interrupts[Symbol.dispose]();
    assert.equal(clock.size, 0);
  });
});

/** A clock whose flag is lowered, and counted, whenever it is seen. */
function start({ isBusy }: { readonly isBusy: () => boolean }): {
  readonly clock: FakeClock;
  readonly interrupts: InterruptClock;
  readonly words: Int32Array;
  readonly raised: () => number;
} {
  const flag = createFlag();
  const words = wordsOf(flag);
  let count = 0;
  const clock = new CountingClock(() => {
    if (words[0] === 0) return;
    words[0] = 0;
    count += 1;
  });
  return { clock, interrupts: new InterruptClock(flag, isBusy, clock), words, raised: () => count };
}

/** Looks after each action. */
class CountingClock extends FakeClock {
  readonly #look: () => void;

  constructor(look: () => void) {
    super();
    this.#look = look;
  }

  override after(delay: number, action: () => void): () => void {
    return super.after(delay, () => {
      action();
      this.#look();
    });
  }
}
