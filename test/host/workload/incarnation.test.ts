import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { Incarnation } from "../../../host/workload/incarnation.ts";
import {
  FIRST_LISTENER,
  LISTEN_GRACE,
  type ReadinessRule,
} from "../../../host/workload/readiness.ts";
import { Replica } from "../../../host/workload/replica.ts";
import { startWorkload } from "../../../host/workload/start.ts";
import { cellStart, type FakeCell, FakeCells } from "./fake-cell.ts";

const SIGNAL = new AbortController().signal;

describe("Incarnation", () => {
  it("has the replica with the least to do answer, those with equally little in turn", async () => {
    const { incarnation, cells } = await start(3);
    const picked = (): number => {
      const picked = incarnation.pick();
      return incarnation.replicas.findIndex(({ running }) => running === picked);
    };
    assert.deepEqual(new Set([picked(), picked(), picked()]), new Set([0, 1, 2]));
    cellOf(cells, 0).load = 2;
    cellOf(cells, 1).load = 1;
    cellOf(cells, 2).load = 3;
    for (let time = 0; time < 3; time += 1) assert.equal(picked(), 1);
    cellOf(cells, 1).die("its thread ended");
    assert.equal(picked(), 0);
  });

  it("picks nobody where nobody answers", async () => {
    const { incarnation } = await start(0);
    assert.equal(incarnation.pick(), undefined);
    assert.equal(incarnation.isAnswering, false);
    assert.deepEqual(incarnation.state, { tag: "completed", reason: "It has no replicas" });
  });

  it("settles when all of its replicas are ready", async () => {
    const { incarnation, cells } = await start(2, { isReady: false });
    let isSettled = false;
    const settled = incarnation.settle(SIGNAL).then((reason) => {
      isSettled = true;
      return reason;
    });
    cellOf(cells, 0).report({ tag: "ready" });
    await turn();
    assert.equal(isSettled, false);
    cellOf(cells, 1).report({ tag: "ready" });
    assert.equal(await settled, undefined);
  });

  it("settles with the reason where a replica cannot get ready", async () => {
    const { incarnation, cells } = await start(2, { isReady: false });
    const settled = incarnation.settle(SIGNAL);
    cellOf(cells, 0).report({ tag: "ready" });
    cellOf(cells, 1).report({ tag: "ready" });
    incarnation.replicas[1]?.note({ tag: "error", reason: "No luck" });
    assert.equal(await settled, "1 of 2 replicas: No luck");
    // Without the one that failed there is nothing to complain of.
    const [failed] = incarnation.scale(1);
    await failed?.drain(0);
    assert.equal(await incarnation.settle(SIGNAL), undefined);
  });

  it("waits no longer than its signal", async () => {
    const { incarnation } = await start(1, { isReady: false });
    const abort = new AbortController();
    const settled = incarnation.settle(abort.signal);
    abort.abort(new Error("Enough"));
    await assert.rejects(settled, { message: "Enough" });
    await assert.rejects(incarnation.settle(abort.signal), { message: "Enough" });
  });

  it("says that it took too long, and how far it came", async () => {
    // With the second that any service has, one millisecond.
    const readiness = { ...FIRST_LISTENER, timeout: 1 - LISTEN_GRACE };
    const cells = new FakeCells();
    const incarnation = create(1, cells, (task) => task(), readiness);
    await turn();
    const settled = incarnation.settle(SIGNAL);
    // It has begun once its cell has loaded, or will not any more.
    cellOf(cells, 0).die("its thread ended");
    assert.match(
      (await settled) ?? "",
      /^Not ready after 1 ms: Restart 1 in \d+ ms: its thread ended$/,
    );
    await incarnation.drain(0);
  });

  it("never starts a replica that was drained before its turn", async () => {
    const cells = new FakeCells();
    const turnOf = Promise.withResolvers<void>();
    const incarnation = create(1, cells, async (task) => {
      await turnOf.promise;
      return await task();
    });
    await incarnation.drain(0);
    turnOf.resolve();
    await turn();
    assert.equal(cells.made.length, 0);
    assert.equal(incarnation.state.tag, "stopping");
  });
});

function create(
  count: number,
  cells: FakeCells,
  gate: ConstructorParameters<typeof Replica>[0]["gate"],
  readiness?: ReadinessRule,
): Incarnation {
  const prepared = {
    start: cellStart({ service: undefined }),
    restart: undefined,
    readiness,
    digests: [],
    volumes: [],
    quota: {},
  };
  return new Incarnation({
    prepared,
    count,
    createReplica: (index, onState) =>
      new Replica({
        index,
        gate,
        onState,
        start: (note) => startWorkload({ prepared, onState: note, createCell: cells.create }),
      }),
    onState: () => {},
  });
}

async function start(
  count: number,
  { isReady = true } = {},
): Promise<{ incarnation: Incarnation; cells: FakeCells }> {
  const cells = new FakeCells();
  const incarnation = create(count, cells, (task) => task());
  await turn();
  if (isReady) for (const cell of cells.made) cell.report({ tag: "ready" });
  return { incarnation, cells };
}

function cellOf(cells: FakeCells, index: number): FakeCell {
  const cell = cells.made[index];
  assert.ok(cell);
  return cell;
}

function turn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
