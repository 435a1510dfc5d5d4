import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { Supervised } from "./supervised.ts";

describe("Supervisor, when something ends", () => {
  it("restarts a service that trapped in the same cell and goes on answering", () => {
    const test = new Supervised();
    test.startListening();
    for (let run = 2; run <= 11; run += 1) {
      test.clock.advance(200);
      test.cell.trap();
      assert.equal(test.state.tag, "starting");
      assert.equal(test.state.reason, `Restart ${run - 1} of 20: its service trapped: unreachable`);
      assert.equal(test.supervisor.answeringCell, test.cell);
      test.clock.advance(0);
      assert.equal(test.cell.run, run);
      test.cell.listen();
      assert.equal(test.state.tag, "running");
    }
    assert.equal(test.cells.made.length, 1);
  });

  it("waits longer and longer for a service that never gets ready", () => {
    const test = new Supervised();
    test.cell.report({ tag: "ready" });
    test.cell.trap();
    assert.match(test.state.reason, /^Restart 1 of 20 in 100 ms: /);
    test.clock.advance(99);
    assert.deepEqual(test.cell.runs, [1]);
    test.clock.advance(1);
    assert.deepEqual(test.cell.runs, [1, 2]);
    test.cell.trap();
    assert.match(test.state.reason, /^Restart 2 of 20 in 200 ms: /);
  });

  it("is in error with the last cause when the budget is spent, and ends its cell", () => {
    const test = new Supervised({}, { maxRestarts: 1 });
    test.startListening();
    test.cell.trap("first");
    test.clock.advance(100);
    const { cell } = test;
    cell.trap("second");
    assert.deepEqual(test.state, {
      tag: "error",
      reason: "Its service trapped: second; maxRestarts is 1",
    });
    assert.equal(cell.stops, 1);
    assert.equal(test.supervisor.answeringCell, undefined);
    assert.equal(test.clock.size, 0);
  });

  it("is in error at the first failure where it may never restart", () => {
    const test = new Supervised({}, { policy: "never" });
    test.startListening();
    test.cell.report({
      tag: "service-exit",
      run: 1,
      outcome: { tag: "failed", reason: "it exited with status 3" },
    });
    assert.equal(test.state.tag, "error");
    assert.match(test.state.reason, /^Its service failed: it exited with status 3; /);
  });

  it("is completed when the service ends with success, and its components go on", () => {
    const test = new Supervised();
    test.startListening();
    test.cell.complete();
    assert.equal(test.state.tag, "completed");
    assert.equal(test.supervisor.answeringCell, test.cell);
    test.cell.die("unresponsive for 5 s");
    test.clock.advance(100);
    test.cell.report({ tag: "ready" });
    assert.equal(test.cells.made.length, 2);
    assert.deepEqual(test.cell.runs, []);
    assert.equal(test.state.tag, "completed");
    assert.equal(test.supervisor.answeringCell, test.cell);
  });

  it("ends the cell of a completed service that has no components", () => {
    const test = new Supervised({ http: undefined });
    test.startListening();
    const { cell } = test;
    cell.complete();
    assert.equal(test.state.tag, "completed");
    assert.equal(cell.stops, 1);
  });

  it("runs a service that ended with success again where the policy is always", () => {
    const test = new Supervised({}, { policy: "always" });
    test.startListening();
    test.cell.complete();
    test.clock.advance(100);
    assert.deepEqual(test.cell.runs, [1, 2]);
  });

  it("starts another cell and service when a cell dies, and answers nothing meanwhile", () => {
    const test = new Supervised();
    test.startListening();
    test.clock.advance(1_000);
    const first = test.cell;
    first.die("unresponsive for 5 s");
    assert.deepEqual(test.state, {
      tag: "starting",
      reason: "Restart 1 of 20: unresponsive for 5 s",
    });
    assert.equal(test.supervisor.answeringCell, undefined);
    test.clock.advance(0);
    assert.equal(test.cells.made.length, 2);
    test.startListening();
    assert.equal(test.state.tag, "running");
    assert.equal(test.cell.run, 2);
    first.trap("from the grave");
    assert.equal(test.state.tag, "running");
  });

  it("counts a cell that dies like a service that fails", () => {
    const test = new Supervised({}, { maxRestarts: 1 });
    test.startListening();
    test.cell.die("its thread ended");
    test.clock.advance(100);
    test.startListening();
    test.cell.die("its thread ended");
    assert.deepEqual(test.state, {
      tag: "error",
      reason: "Its thread ended; maxRestarts is 1",
    });
  });

  it("restarts once where the cell dies while a restart of its service is due", () => {
    const test = new Supervised({}, { maxRestarts: 2 });
    test.cell.report({ tag: "ready" });
    test.cell.trap();
    assert.equal(test.state.reason, "Restart 1 of 2 in 100 ms: its service trapped: unreachable");
    test.clock.advance(40);
    test.cell.die("unresponsive for 5 s");
    assert.equal(test.state.reason, "Restart 1 of 2 in 60 ms: unresponsive for 5 s");
    test.clock.advance(60);
    assert.equal(test.cells.made.length, 2);
    test.startListening();
    test.clock.advance(60_000);
    assert.equal(test.state.tag, "running");
    assert.deepEqual([test.cell.runs, test.supervisor.restarts], [[2], 1]);
    test.cell.trap();
    assert.equal(test.state.reason, "Restart 1 of 2: its service trapped: unreachable");
  });

  it("fails and tries again where its thread cannot be started, at first and later", () => {
    const test = new Supervised({}, { maxRestarts: 2 });
    test.startListening();
    test.cells.refusal = new Error("EAGAIN");
    test.cell.die("its thread ended");
    test.clock.advance(100);
    assert.equal(
      test.state.reason,
      "Restart 2 of 2 in 100 ms: its thread could not be started: EAGAIN",
    );
    test.cells.refusal = undefined;
    test.clock.advance(100);
    test.startListening();
    assert.equal(test.state.tag, "running");
    const none = new Supervised({}, { policy: "never" }, new Error("EAGAIN"));
    assert.deepEqual(none.state, {
      tag: "error",
      reason: "Its thread could not be started: EAGAIN; its restart policy is never",
    });
    return none.supervisor.begun;
  });

  it("restarts a cell without a service however often it dies", () => {
    const test = new Supervised({ service: undefined });
    for (let count = 0; count < 100; count += 1) {
      test.cell.report({ tag: "ready" });
      assert.equal(test.state.tag, "running");
      test.cell.die("its thread ended");
      test.clock.advance(100);
    }
    assert.equal(test.cells.made.length, 101);
  });
});
