import assert from "node:assert/strict";
import { describe, it } from "mocha";
import {
  type EndedRun,
  type NextRun,
  RestartSchedule,
} from "../../../host/workload/restart-schedule.ts";

const MIDDLE = (): number => 0.5;

describe("RestartSchedule", () => {
  it("restarts a run that had been ready at once, ten times in a row", () => {
    const schedule = createSchedule({ maxRestarts: 10 });
    for (let count = 1; count <= 10; count += 1) {
      assert.deepEqual(schedule.next(crash({ ready: true, uptime: 500 })), restart(0, count));
    }
    assert.deepEqual(schedule.next(crash({ ready: true })), { tag: "exhausted", count: 10 });
  });

  it("leaves the initial wait between the starts of runs that are ready and die", () => {
    const schedule = createSchedule({});
    assert.deepEqual(schedule.next(crash({ ready: true, uptime: 30 })), restart(70, 1));
    assert.deepEqual(schedule.next(crash({ ready: true, uptime: 0 })), restart(100, 2));
  });

  it("doubles the wait for runs that never became ready, up to the ceiling", () => {
    const schedule = createSchedule({});
    const delays = Array.from({ length: 9 }, () => delayOf(schedule.next(crash({}))));
    assert.deepEqual(delays, [100, 200, 400, 800, 1600, 3200, 6400, 10_000, 10_000]);
  });

  it("begins again with the shortest wait after a run that was ready", () => {
    const schedule = createSchedule({});
    for (let count = 0; count < 5; count += 1) schedule.next(crash({}));
    assert.equal(delayOf(schedule.next(crash({ ready: true, uptime: 200 }))), 0);
    assert.equal(delayOf(schedule.next(crash({}))), 100);
  });

  it("varies the wait by a fifth and never beyond the ceiling", () => {
    assert.equal(delayOf(createSchedule({}, () => 0).next(crash({}))), 80);
    assert.equal(delayOf(createSchedule({}, () => 1).next(crash({}))), 120);
    const late = createSchedule({}, () => 1);
    for (let count = 0; count < 20; count += 1) assert.ok(delayOf(late.next(crash({}))) <= 10_000);
  });

  it("has its whole budget again after a run of healthyAfter", () => {
    const schedule = createSchedule({ maxRestarts: 2 });
    schedule.next(crash({}));
    schedule.next(crash({}));
    assert.deepEqual(schedule.next(crash({ ready: true, uptime: 60_000 })), restart(0, 1));
    assert.deepEqual(schedule.next(crash({})), restart(100, 2));
    assert.deepEqual(schedule.next(crash({ uptime: 59_999 })), { tag: "exhausted", count: 2 });
  });

  it("spends its budget on runs that last and never get ready", () => {
    const schedule = createSchedule({ maxRestarts: 2 });
    const late = crash({ ready: false, uptime: 120_000 });
    assert.deepEqual(schedule.next(late), restart(100, 1));
    assert.deepEqual(schedule.next(late), restart(200, 2));
    assert.deepEqual(schedule.next(late), { tag: "exhausted", count: 2 });
  });

  it("follows the policy", () => {
    const success = { failed: false, ready: true, uptime: 1_000 };
    assert.deepEqual(createSchedule({ policy: "never" }).next(crash({})), { tag: "done" });
    assert.deepEqual(createSchedule({ policy: "on-failure" }).next(success), { tag: "done" });
    assert.deepEqual(createSchedule({ policy: "always" }).next(success), restart(0, 1));
  });

  it("has no restart where none is allowed", () => {
    const schedule = createSchedule({ maxRestarts: 0 });
    assert.deepEqual(schedule.next(crash({})), { tag: "exhausted", count: 0 });
  });
});

function createSchedule(
  options: { maxRestarts?: number; policy?: "on-failure" | "always" | "never" },
  random = MIDDLE,
): RestartSchedule {
  const { maxRestarts = Infinity, policy = "on-failure" } = options;
  const backoff = { initial: 100, max: 10_000 };
  return new RestartSchedule(
    { maxRestarts, restart: { policy, backoff, healthyAfter: 60_000 } },
    random,
  );
}

function crash(run: Partial<EndedRun>): EndedRun {
  return { failed: true, ready: false, uptime: 10, ...run };
}

function restart(delay: number, count: number): NextRun {
  return { tag: "restart", delay, count };
}

function delayOf(next: NextRun): number {
  assert.equal(next.tag, "restart");
  return next.tag === "restart" ? next.delay : NaN;
}
