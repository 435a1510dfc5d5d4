import assert from "node:assert/strict";
import { afterEach, describe, it } from "mocha";
import { createMonotonicClock } from "../../../../host/wasi/clocks/monotonic-clock.ts";
import { createGuest } from "../support.ts";

const MILLISECOND = 1_000_000n;
const U64_MAX = 2n ** 64n - 1n;

describe("monotonic-clock", () => {
  const guests = new DisposableStack();
  const clockOf = (guest = guests.use(createGuest())): ReturnType<typeof createMonotonicClock> =>
    createMonotonicClock(guest);

  afterEach(() => assert.equal(timers(), 0, "a timer is left"));

  it("never goes backwards and counts nanoseconds", () => {
    const clock = clockOf();
    const first = clock.now();
    const second = clock.now();
    assert.ok(second >= first);
    assert.ok(first > 0n && first <= U64_MAX);
    assert.equal(clock.resolution(), 1n);
  });

  it("is ready at once for what is past", () => {
    const clock = clockOf();
    for (const pollable of [
      clock.subscribeInstant(0n),
      clock.subscribeInstant(clock.now()),
      clock.subscribeDuration(0n),
    ]) {
      assert.equal(pollable.ready(), true);
      assert.equal(pollable.block(), undefined);
    }
  });

  it("becomes ready when the time has come, and not before", async () => {
    const clock = clockOf();
    for (const [pollable, deadline] of [
      [clock.subscribeDuration(5n * MILLISECOND), clock.now() + 5n * MILLISECOND - MILLISECOND],
      [clock.subscribeInstant(clock.now() + 3n * MILLISECOND), clock.now() + 2n * MILLISECOND],
      [clock.subscribeDuration(1n), 0n],
    ] as const) {
      await pollable.block();
      assert.equal(pollable.ready(), true);
      assert.ok(clock.now() >= deadline);
    }
  });

  it("sets no timer until somebody waits, and clears it when the pollable is dropped", async () => {
    const guest = guests.use(createGuest());
    const pollable = clockOf(guest).subscribeDuration(3600n * 1000n * MILLISECOND);
    assert.equal(timers(), 0);
    const waiting = Promise.resolve(pollable.block());
    assert.equal(timers(), 1);
    pollable[Symbol.dispose]();
    assert.equal(timers(), 0);
    guest[Symbol.dispose]();
    await assert.rejects(waiting, { name: "GuestDisposedError" });
  });

  for (const [name, subscribe] of [
    ["a duration", (clock: ReturnType<typeof clockOf>) => clock.subscribeDuration(U64_MAX)],
    ["an instant", (clock: ReturnType<typeof clockOf>) => clock.subscribeInstant(U64_MAX)],
  ] as const) {
    it(`waits for ${name} of 2^64 - 1 without firing, and in one timer`, async () => {
      const guest = guests.use(createGuest());
      const pollable = subscribe(clockOf(guest));
      assert.equal(pollable.ready(), false);
      let done = false;
      const waiting = Promise.resolve(pollable.block()).then(
        () => (done = true),
        () => undefined,
      );
      // A delay that overflows `setTimeout` fires after a millisecond.
      await new Promise((resolve) => setTimeout(resolve, 10));
      assert.equal(done, false);
      const before = timers();
      guest[Symbol.dispose]();
      // Mocha has a timer of its own by now.
      assert.equal(before - timers(), 1);
      await waiting;
    });
  }

  it("stops all its timers with its guest", async () => {
    const guest = createGuest();
    const clock = clockOf(guest);
    const waits = [1n, 2n, 3n].map((hours) =>
      Promise.resolve(clock.subscribeDuration(hours * 3600n * 1000n * MILLISECOND).block()),
    );
    assert.equal(timers(), 3);
    guest[Symbol.dispose]();
    assert.equal(timers(), 0);
    for (const wait of waits) await assert.rejects(wait);
  });
});

function timers(): number {
  return process.getActiveResourcesInfo().filter((name) => name === "Timeout").length;
}
