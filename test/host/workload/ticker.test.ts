import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { Ticker } from "../../../host/workload/ticker.ts";
import { FakeClock } from "./fake-clock.ts";

describe("Ticker", () => {
  it("calls all members with one timer", () => {
    const clock = new FakeClock();
    const calls = [0, 0, 0];
    const members = calls.map((_, index) => () => {
      calls[index] = (calls[index] ?? 0) + 1;
    });
    for (const member of members) Ticker.of(clock, 20).add(member);
    assert.equal(clock.size, 1);
    clock.advance(100);
    assert.deepEqual(calls, [5, 5, 5]);
  });

  it("has members that leave, and join others, while they are called", () => {
    const clock = new FakeClock();
    let quick = 0;
    let slow = 0;
    const isSlow = (): void => {
      slow += 1;
    };
    const once = (): void => {
      quick += 1;
      Ticker.of(clock, 20).delete(once);
      Ticker.of(clock, 100).add(isSlow);
    };
    Ticker.of(clock, 20).add(once);
    clock.advance(1_000);
    assert.equal(quick, 1);
    assert.ok(slow >= 9);
    assert.equal(clock.size, 1);
  });

  it("has no timer without members, and one again with the next", () => {
    const clock = new FakeClock();
    let calls = 0;
    const member = (): void => {
      calls += 1;
    };
    const ticker = Ticker.of(clock, 20);
    ticker.add(member);
    ticker.delete(member);
    ticker.delete(member);
    assert.equal(clock.size, 0);
    clock.advance(100);
    assert.equal(calls, 0);
    ticker.add(member);
    clock.advance(100);
    assert.equal(calls, 5);
  });
});
