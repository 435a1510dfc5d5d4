import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { type Cell, createCell } from "../../../host/workload/cell.ts";
import { cellStart } from "./fake-cell.ts";

const PROGRAM = new URL("./misbehaving-cell.ts", import.meta.url);
const SIGNAL = new AbortController().signal;

describe("Cell", () => {
  const deaths: [string, RegExp][] = [
    ["throws", /^its thread failed: out of luck$/],
    ["exits", /^its thread ended$/],
    ["spins", /^unresponsive for 500 ms$/],
    ["fills the heap", /^its JavaScript heap reached 64 MiB \(limits\.heap\)$/],
    ["breaks the protocol", /^Answer to 7, which is not under way$/],
  ];
  for (const [behaviour, reason] of deaths) {
    it(`says why it died when its thread ${behaviour}, once`, async () => {
      const { cell, died } = start(behaviour);
      await died.promise;
      assert.match(cell.death ?? "", reason);
      await assert.rejects(cell.requestHttp(REQUEST, "api", SIGNAL), { name: "LinkError" });
      await cell.stop();
      assert.equal(died.count, 1);
    });
  }

  it("ends by force when it does not stop in order, and calls that no death", async () => {
    const { cell, died, ready } = start("ignores stop");
    await ready;
    const call = assert.rejects(cell.requestHttp(REQUEST, "api", SIGNAL), { code: "closed" });
    await Promise.all([cell.stop(), cell.stop()]);
    await call;
    assert.equal(died.count, 0);
    assert.equal(cell.death, undefined);
  });

  it("can be stopped while it starts", async () => {
    const { cell, died } = start("spins");
    await cell.stop();
    assert.equal(died.count, 0);
  });
});

const REQUEST = {
  head: { method: "GET", scheme: "http", authority: undefined, pathWithQuery: "/", headers: [] },
  body: undefined,
} as const;

function start(behaviour: string): {
  cell: Cell;
  died: { promise: Promise<void>; count: number };
  ready: Promise<void>;
} {
  const death = Promise.withResolvers<void>();
  const ready = Promise.withResolvers<void>();
  const died = { promise: death.promise, count: 0 };
  const cell = createCell(
    {
      ...cellStart(),
      workload: behaviour,
      hang: behaviour === "spins" ? 500 : 10_000,
      heap: 64 * 2 ** 20,
    },
    {
      report: () => ready.resolve(),
      died: () => {
        died.count += 1;
        death.resolve();
      },
    },
    PROGRAM,
  );
  return { cell, died, ready: ready.promise };
}
