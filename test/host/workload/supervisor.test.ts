import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { LISTEN_GRACE } from "../../../host/workload/readiness.ts";
import { cellStart, compiledStub } from "./fake-cell.ts";
import { Supervised } from "./supervised.ts";

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
