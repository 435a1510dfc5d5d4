import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, it } from "mocha";
import { ApplyError } from "../../../host/workload/apply-error.ts";
import { FleetLab, SERVICE } from "./fleet-lab.ts";

describe("Fleet", () => {
  let lab: FleetLab;
  beforeEach(() => (lab = new FleetLab()));
  afterEach(() => lab[Symbol.asyncDispose]());

  it("gives a route to one of two that want it, also while its turn has yet to come", async () => {
    await lab.running("a", "a.localhost");
    await lab.running("b", "b.localhost");
    // Its turn comes after a replacement that takes its time.
    const first = lab.apply("a", "a.localhost", 2);
    await lab.untilCells(3);
    const second = lab.apply("a", "c.localhost", 3);
    await lab.untilPrepared(4);
    await assert.rejects(lab.apply("b", "c.localhost", 2), ApplyError);
    lab.cell(2).report({ tag: "ready" });
    assert.equal((await first).outcome, "replaced");
    await lab.untilCells(4);
    lab.cell(3).report({ tag: "ready" });
    assert.equal((await second).outcome, "replaced");
    assert.equal(lab.routed("c.localhost"), "default/a");
    assert.equal(lab.routed("a.localhost"), undefined);
  });

  it("does not wait for a new version where the workload is to be stopped", async () => {
    await lab.running("a", "a.localhost");
    const applied = lab.apply("a", "c.localhost", 2);
    await lab.untilCells(2);
    await lab.fleet.find("a").stop(0);
    assert.partialDeepStrictEqual(await applied, {
      outcome: "failed",
      reason: "It was stopped before it was ready",
    });
    const { state, generation } = lab.fleet.find("a").status;
    assert.deepEqual([state.reason, generation], ["Stopped by request", 2]);
    assert.deepEqual(
      lab.cells.made.map(({ stops }) => stops),
      [1, 1],
    );
    const started = lab.fleet.find("a").start();
    await lab.untilCells(3);
    lab.cell(2).report({ tag: "ready" });
    await started;
    assert.equal(lab.fleet.find("a").state.tag, "running");
  });

  it("waits for the version that serves by then, where one follows that did not get ready", async () => {
    const created = lab.apply("a", "a.localhost", 1);
    await lab.untilCells(1);
    const replaced = lab.apply("a", "a.localhost", 2);
    await lab.untilCells(2);
    lab.cell(1).report({ tag: "ready" });
    assert.partialDeepStrictEqual(await created, { outcome: "created", reason: undefined });
    assert.equal((await replaced).outcome, "replaced");
  });

  it("keeps no version that does not serve any more once the next one has failed", async () => {
    const created = lab.apply("a", "a.localhost", 1, SERVICE);
    await lab.untilCells(1);
    lab.cell(0).report({ tag: "ready" });
    lab.cell(0).report({ tag: "service-started", run: 1 });
    await created;
    const replaced = lab.apply("a", "a.localhost", 2, SERVICE);
    await lab.untilCells(2);
    lab.cell(0).trap("first");
    lab.cell(1).report({ tag: "ready" });
    lab.cell(1).trap("second");
    assert.partialDeepStrictEqual(await replaced, {
      outcome: "failed",
      status: { generation: 2 },
      reason: "Its service trapped: second; maxRestarts is 0",
    });
  });

  it("tells that a start failed where components go on answering", async () => {
    await lab.completed("a");
    const started = lab.fleet.find("a").start();
    await lab.untilCells(2);
    lab.cell(1).report({ tag: "ready" });
    lab.cell(1).trap();
    await assert.rejects(started, {
      code: "conflict",
      message: /^Cannot start default\/a: .*trap/,
    });
    assert.ok(lab.fleet.find("a").isReady);
  });

  it("stops and deletes in the shortest of the times that it was given", async () => {
    for (const how of ["stop", "delete"] as const) {
      await lab.running(how, `${how}.localhost`);
      const hosted = lab.fleet.find(how);
      lab.cells.last.load = 1;
      const act = (gracePeriod: number): Promise<void> =>
        how === "stop" ? hosted.stop(gracePeriod) : lab.fleet.delete(how, { gracePeriod });
      const slow = act(3_600_000);
      await lab.turn();
      assert.equal(hosted.state.tag, "stopping");
      await act(0);
      await slow;
    }
  });

  it("makes one of a thousand applies at once", async () => {
    const all = Array.from({ length: 1_000 }, () => lab.apply("a", "a.localhost", 1));
    await lab.untilCells(1);
    lab.cell(0).report({ tag: "ready" });
    const outcomes = (await Promise.all(all)).map(({ outcome }) => outcome);
    assert.equal(outcomes.filter((outcome) => outcome === "created").length, 1);
    assert.equal(outcomes.filter((outcome) => outcome === "unchanged").length, 999);
    assert.equal(lab.cells.made.length, 1);
    assert.ok(lab.prepared.most <= 8, `${lab.prepared.most} were read at a time`);
    await lab.fleet.delete("a", { gracePeriod: 0 });
    assert.equal(lab.routed("a.localhost"), undefined);
  });

  it("leaves nothing of workloads that are deleted while they start, again and again", async () => {
    for (let time = 0; time < 20; time += 1) {
      const applied = lab.apply("a", "a.localhost", time);
      applied.catch(() => {});
      await lab.untilCells(time + 1);
      await Promise.all([lab.fleet.delete("a"), lab.fleet.delete("a")]);
      await assert.rejects(applied, { code: "not-found" });
    }
    assert.deepEqual(
      lab.cells.made.map(({ stops }) => stops),
      Array.from({ length: 20 }, () => 1),
    );
    assert.equal(lab.routed("a.localhost"), undefined);
    assert.equal(lab.openLogs, 0);
    assert.equal(lab.watchers, 0);
  });

  it("rejects what it is applied while its host stops, and starts nothing", async () => {
    const applied = lab.apply("a", "a.localhost", 1);
    await Promise.all([
      lab.fleet[Symbol.asyncDispose](),
      assert.rejects(applied, { code: "closed" }),
    ]);
    assert.equal(lab.cells.made.length, 0);
    assert.equal(lab.routed("a.localhost"), undefined);
  });
});
