import assert from "node:assert/strict";
import { describe, it } from "mocha";
import {
  createHeart,
  readVitals,
  startBeating,
  watchHeart,
} from "../../../host/workload/liveness.ts";
import { FakeClock } from "./fake-clock.ts";

describe("Liveness", () => {
  it("notices a heart that stands still for the limit, once", () => {
    const { clock, beat, stops } = watch(5_000);
    for (let count = 0; count < 20; count += 1) {
      beat();
      clock.advance(4_000);
    }
    assert.equal(stops(), 0);
    beat();
    clock.advance(500);
    clock.advance(4_999);
    assert.equal(stops(), 0);
    clock.advance(1);
    assert.equal(stops(), 1);
    clock.advance(60_000);
    assert.equal(stops(), 1);
    assert.equal(clock.size, 0);
  });

  it("gives a thread a minute for its first beat", () => {
    const { clock, stops } = watch(1_000);
    clock.advance(60_000);
    assert.equal(stops(), 0);
    clock.advance(100);
    assert.equal(stops(), 1);
  });

  it("gives a thread with a longer limit that long for its first beat", () => {
    const { clock, stops } = watch(100_000);
    clock.advance(100_000);
    assert.equal(stops(), 0);
    clock.advance(10_000);
    assert.equal(stops(), 1);
  });

  it("does not blame the heart for looks that came late", () => {
    const clock = new FakeClock();
    const late: (() => void)[] = [];
    let stops = 0;
    const heart = createHeart();
    Atomics.add(new Int32Array(heart), 0, 1);
    // After a sleep of the machine each timer fires once, however long ago it was due.
    watchHeart(heart, 5_000, () => (stops += 1), {
      clock: {
        now: () => clock.now(),
        after: (_, action) => {
          late.push(action);
          return () => {};
        },
      },
    });
    late.shift()?.();
    clock.advance(3_600_000);
    late.shift()?.();
    assert.equal(stops, 0);
  });

  it("takes a loop that waited for alive, and one that began to beat and does neither for stopped", () => {
    const { clock, beat, idle, stops } = watch(5_000);
    beat();
    for (let count = 0; count < 20; count += 1) {
      idle(1);
      clock.advance(4_500);
    }
    assert.equal(stops(), 0);
    clock.advance(5_000);
    assert.equal(stops(), 1);
  });

  it("counts nothing for a look that comes at once, since others are looked at as well", () => {
    const clock = new FakeClock();
    using _other = watchHeart(createHeart(), 5_000, () => {}, { clock });
    clock.advance(499);
    const heart = createHeart();
    Atomics.add(new Int32Array(heart), 0, 1);
    let stops = 0;
    using _watch = watchHeart(heart, 5_000, () => (stops += 1), { clock });
    clock.advance(5_000);
    assert.equal(stops, 0);
    clock.advance(1);
    assert.equal(stops, 1);
  });

  it("does not blame a thread for the time in which it had no processor", () => {
    const clock = new FakeClock();
    const heart = createHeart();
    Atomics.add(new Int32Array(heart, 0, 1), 0, 1);
    let stops = 0;
    const processorTime = (): number => clock.now() / 4;
    using _watch = watchHeart(heart, 5_000, () => (stops += 1), { clock, processorTime });
    clock.advance(16_000);
    assert.equal(stops, 0, "it ran for less than 4 s");
    clock.advance(2_000);
    assert.equal(stops, 1);
  });

  it("waits for a thread that waits itself, but not for ever", () => {
    const clock = new FakeClock();
    const heart = createHeart();
    Atomics.add(new Int32Array(heart, 0, 1), 0, 1);
    let stops = 0;
    using _watch = watchHeart(heart, 5_000, () => (stops += 1), { clock, processorTime: () => 7 });
    clock.advance(59_000);
    assert.equal(stops, 0);
    clock.advance(2_000);
    assert.equal(stops, 1);
  });

  it("stops looking when it is disposed", () => {
    const { clock, watcher, stops } = watch(1_000);
    watcher[Symbol.dispose]();
    clock.advance(60_000);
    assert.equal(stops(), 0);
  });

  it("beats from the event loop until it is disposed", async () => {
    const heart = createHeart();
    const counter = new Int32Array(heart);
    const beating = startBeating(heart, 10);
    const first = counter[0] ?? 0;
    assert.equal(first, 1);
    while ((counter[0] ?? 0) < first + 3) await new Promise((resolve) => setTimeout(resolve, 1));
    beating[Symbol.dispose]();
    const last = counter[0];
    await new Promise((resolve) => setTimeout(resolve, 20));
    assert.equal(counter[0], last);
  });
});

describe("readVitals", () => {
  it("tells what the thread used as of its last beat, and nothing before the first", () => {
    const heart = createHeart();
    assert.equal(readVitals(heart), undefined);
    using _beating = startBeating(heart, 60_000);
    const vitals = readVitals(heart);
    assert.ok(vitals !== undefined && vitals.cpuTime > 0);
    // This thread, with all that the tests hold in it.
    assert.ok(vitals.heap > 2 ** 20);
    assert.deepEqual(readVitals(heart), vitals);
  });
});

function watch(limit: number): {
  clock: FakeClock;
  watcher: Disposable;
  beat: () => void;
  idle: (milliseconds: number) => void;
  stops: () => number;
} {
  const clock = new FakeClock();
  const heart = createHeart();
  let stops = 0;
  let idleTime = 0;
  const watcher = watchHeart(heart, limit, () => (stops += 1), {
    idleTime: () => idleTime,
    clock,
  });
  return {
    clock,
    watcher,
    beat: () => Atomics.add(new Int32Array(heart), 0, 1),
    idle: (milliseconds) => (idleTime += milliseconds),
    stops: () => stops,
  };
}
