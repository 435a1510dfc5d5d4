import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { TransitionLog } from "../../../host/workload/transition-log.ts";

function stateOf(reason: string): { tag: "starting"; reason: string } {
  return { tag: "starting", reason };
}

describe("TransitionLog", () => {
  it("remembers the last ten with their times, and where that leaves it", () => {
    let now = 0;
    const log = new TransitionLog(() => (now += 1));
    assert.equal(log.state, undefined);
    for (let number = 1; number <= 12; number += 1) log.add(stateOf(String(number)));
    assert.equal(log.entries.length, 10);
    assert.deepEqual(log.entries[0], { time: 3, state: stateOf("3") });
    assert.deepEqual(log.state, stateOf("12"));
  });

  it("follows another with what happened before", () => {
    const earlier = new TransitionLog(() => 1);
    for (let number = 1; number <= 9; number += 1) earlier.add(stateOf(`old ${number}`));
    const log = new TransitionLog(() => 2);
    log.add(stateOf("new 1"));
    log.add(stateOf("new 2"));
    log.follow(earlier);
    assert.deepEqual(
      log.entries.map(({ state }) => state.reason),
      [...[2, 3, 4, 5, 6, 7, 8, 9].map((number) => `old ${number}`), "new 1", "new 2"],
    );
    assert.equal(earlier.entries.length, 9);
  });
});
