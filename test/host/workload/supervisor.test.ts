import assert from "node:assert/strict";
import { describe, it } from "mocha";
import type { CellStart } from "../../../host/workload/cell-start.ts";
import { HostPorts } from "../../../host/workload/host-ports.ts";
import { LISTEN_GRACE } from "../../../host/workload/readiness.ts";
import type { RestartOptions } from "../../../host/workload/restart-schedule.ts";
import type { WorkloadState } from "../../../host/workload/state.ts";
import { Supervisor } from "../../../host/workload/supervisor.ts";
import { cellStart, compiledStub, FakeCells, type FakeCell } from "./fake-cell.ts";
import { FakeClock } from "./fake-clock.ts";

describe("Supervisor", () => {
  it("tells each cell the host's own ports before its service starts, and when they change", async () => {
    const test = new Supervised();
    const ingress = test.hostPorts.add("tcp", 8000);
    assert.deepEqual(test.cell.ports, []);
    test.cell.report({ tag: "ready" });
    assert.deepEqual(test.cell.ports, [{ tcp: [8000], udp: [] }]);
    using _forward = test.hostPorts.add("udp", 53);
    ingress[Symbol.dispose]();
    assert.deepEqual(test.cell.ports.slice(1), [
      { tcp: [8000], udp: [53] },
      { tcp: [], udp: [53] },
    ]);
    const told = test.cell.ports.length;
    await test.supervisor.stop();
    test.hostPorts.add("tcp", 1);
    assert.equal(test.cells.made[0]?.ports.length, told);
  });

  it("is running with the first listener of the service", () => {
    const test = new Supervised();
    assert.equal(test.state.tag, "starting");
    test.cell.report({ tag: "ready" });
    assert.deepEqual(test.cell.runs, [1]);
    assert.equal(test.supervisor.answeringCell, undefined);
    test.cell.listen();
    assert.deepEqual(test.state, {
      tag: "running",
      reason: "Its service listens on 127.0.0.1:7777",
    });
    assert.equal(test.supervisor.answeringCell, test.cell);
  });

  it("is running a second after the start of a service that could listen and does not", () => {
    const test = new Supervised();
    test.cell.report({ tag: "ready" });
    test.cell.report({ tag: "service-started", run: 1 });
    test.clock.advance(LISTEN_GRACE - 1);
    assert.equal(test.state.tag, "starting");
    test.clock.advance(1);
    assert.equal(test.state.tag, "running");
    assert.equal(test.clock.size, 0);
  });

  it("is running at once where the service has no means to listen", () => {
    const { service } = cellStart();
    const test = new Supervised({ service: service && { ...service, compiled: compiledStub() } });
    test.cell.report({ tag: "ready" });
    test.cell.report({ tag: "service-started", run: 1 });
    assert.equal(test.state.tag, "running");
  });

  it("is running with its components where there is no service", () => {
    const test = new Supervised({ service: undefined });
    assert.equal(test.state.tag, "starting");
    test.cell.report({ tag: "ready" });
    assert.deepEqual(test.cell.runs, []);
    assert.equal(test.state.tag, "running");
  });

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

  it("ignores what an earlier run of the service reports", () => {
    const test = new Supervised();
    test.startListening();
    test.cell.trap();
    test.clock.advance(100);
    test.cell.report({ tag: "service-listening", run: 1, address: "127.0.0.1:1" });
    test.cell.report({ tag: "service-exit", run: 1, outcome: { tag: "completed" } });
    assert.equal(test.state.tag, "starting");
  });

  it("tells of lines, ports and code caches", () => {
    const test = new Supervised();
    test.startListening();
    const line = { guest: "service", stream: "stdout", line: "hi" } as const;
    test.cell.report({ tag: "log", lines: [line], bytes: 40 });
    test.cell.report({ tag: "service-closed", run: 1, address: "127.0.0.1:7777" });
    test.cell.report({ tag: "cached-data", digest: "abc", data: new Uint8Array(2) });
    assert.deepEqual(test.heard, [
      ["port", "127.0.0.1:7777", true],
      ["log", [line]],
      ["port", "127.0.0.1:7777", false],
      ["cached", "abc", 2],
    ]);
  });

  it("starts nothing any more once it is stopped, even with a restart due", async () => {
    const test = new Supervised();
    test.startListening();
    const { cell } = test;
    cell.trap();
    const stopped = test.supervisor.stop();
    assert.equal(test.state.tag, "stopping");
    test.clock.advance(60_000);
    cell.report({ tag: "ready" });
    await stopped;
    await test.supervisor.stop();
    assert.equal(cell.stops, 1);
    assert.deepEqual(cell.runs, [1]);
    assert.equal(test.cells.made.length, 1);
    assert.equal(test.states.filter(({ tag }) => tag === "stopping").length, 1);
  });

  it("waits for cells that are still ending when it is stopped", async () => {
    const test = new Supervised();
    const ending = Promise.withResolvers<void>();
    test.cell.stop = () => ending.promise;
    test.cell.die("its thread ended");
    let stopped = false;
    const stop = test.supervisor.stop().then(() => (stopped = true));
    await new Promise((resolve) => setImmediate(resolve));
    assert.equal(stopped, false);
    ending.resolve();
    await stop;
  });
});

/** A supervisor over fake cells and a fake clock, with chance out of the game. */
class Supervised {
  readonly clock = new FakeClock();
  readonly cells = new FakeCells();
  readonly hostPorts = new HostPorts();
  readonly states: WorkloadState[] = [];
  readonly heard: unknown[] = [];
  readonly supervisor: Supervisor;

  constructor(
    start: Partial<CellStart> = {},
    {
      maxRestarts = 20,
      policy = "on-failure",
    }: Partial<
      Pick<RestartOptions, "maxRestarts"> & Pick<RestartOptions["restart"], "policy">
    > = {},
  ) {
    const full = cellStart(start);
    this.supervisor = new Supervisor({
      start: full,
      restart: full.service && {
        maxRestarts,
        restart: { policy, backoff: { initial: 100, max: 10_000 }, healthyAfter: 60_000 },
      },
      createCell: this.cells.create,
      hostPorts: this.hostPorts,
      clock: this.clock,
      random: () => 0.5,
      onState: (state) => this.states.push(state),
      onLog: (lines) => this.heard.push(["log", lines]),
      onPort: (address, open) => this.heard.push(["port", address, open]),
      onCachedData: (digest, data) => this.heard.push(["cached", digest, data.length]),
    });
  }

  get state(): WorkloadState {
    return this.supervisor.state;
  }

  get cell(): FakeCell {
    return this.cells.last;
  }

  startListening(): void {
    this.cell.report({ tag: "ready" });
    this.cell.listen();
  }
}
