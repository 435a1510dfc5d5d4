import assert from "node:assert/strict";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { array, assert as assertProperty, integer, property } from "fast-check";
import { describe, it } from "mocha";
import { type DecisionEntry, DecisionLog } from "../../policy/decision-log.ts";

const ENTRY: DecisionEntry = {
  guest: "http-api",
  use: "tcp-connect",
  address: "10.0.0.1:5432",
  name: undefined,
  rule: "not-allowed",
  outcome: "deny",
  reason: "No entry grants it",
};

/** The same decision about another address. */
function at(address: string): DecisionEntry {
  return { ...ENTRY, address };
}

/** Bytes that are in use after garbage was collected. */
function heapUsed(): number {
  setFlagsFromString("--expose-gc");
  const gc: () => void = runInNewContext("gc");
  gc();
  return process.memoryUsage().heapUsed;
}

describe("DecisionLog", () => {
  it("counts equal decisions in one record, with the first time and the last", () => {
    const log = new DecisionLog();
    assert.deepEqual(log.record(ENTRY, 10), { ...ENTRY, count: 1, first: 10, last: 10 });
    assert.deepEqual(log.record({ ...ENTRY }, 30), { ...ENTRY, count: 2, first: 10, last: 30 });
    assert.deepEqual(log.records(), [{ ...ENTRY, count: 2, first: 10, last: 30 }]);
  });

  it("counts several at once", () => {
    const log = new DecisionLog();
    log.record(ENTRY, 10, 5);
    assert.deepEqual(log.record(ENTRY, 30, 2), { ...ENTRY, count: 7, first: 10, last: 30 });
  });

  it("tells apart who, what, where, which name, by which rule and with which outcome", () => {
    const log = new DecisionLog();
    const others: readonly Partial<DecisionEntry>[] = [
      {},
      { guest: "service" },
      { use: "udp-send" },
      { address: "10.0.0.1:5433" },
      { address: undefined },
      { name: "db" },
      { rule: "private-range" },
      { outcome: "counted" },
    ];
    for (const other of others) assert.equal(log.record({ ...ENTRY, ...other }, 0).count, 1);
    assert.equal(log.size, others.length);
  });

  it("does not take one decision for another, whatever a guest writes into a name", () => {
    const log = new DecisionLog();
    log.record({ ...ENTRY, address: "a", name: 'b","c' }, 0);
    log.record({ ...ENTRY, address: 'a","b', name: "c" }, 0);
    log.record({ ...ENTRY, address: "a\n", name: "b" }, 0);
    log.record({ ...ENTRY, address: "a", name: "\nb" }, 0);
    assert.equal(log.size, 4);
  });

  it("forgets the decision that was made longest ago, and says how many it forgot", () => {
    const log = new DecisionLog(2);
    log.record(at("a"), 1);
    log.record(at("b"), 2);
    log.record(at("a"), 3);
    log.record(at("c"), 4);
    assert.deepEqual(
      log.records().map(({ address, count }) => `${address} ${count}`),
      ["a 2", "c 1"],
    );
    assert.equal(log.forgotten, 1);
    assert.equal(log.record(at("b"), 5).count, 1);
  });

  it("keeps no more of a name than a name can have", () => {
    const log = new DecisionLog();
    const { name } = log.record({ ...ENTRY, name: "x".repeat(1_000_000) }, 0);
    assert.equal(name?.length, 255);
  });

  it("keeps nothing of the long text that a name was cut from", () => {
    const log = new DecisionLog();
    const before = heapUsed();
    for (let time = 0; time < 32; time++) {
      // One flat string of a mebibyte, as it comes out of a message.
      const name: string = structuredClone(`${time}${"x".repeat(2 ** 20)}`);
      log.record({ ...ENTRY, name }, time);
    }
    assert.equal(log.size, 32);
    const grown = heapUsed() - before;
    assert.ok(grown < 8 * 2 ** 20, `${grown} bytes are kept`);
  });

  it("holds no more than its limit, and the latest of all that it was given", () => {
    assertProperty(
      property(integer({ min: 1, max: 5 }), array(integer({ min: 0, max: 8 })), (limit, made) => {
        const log = new DecisionLog(limit);
        for (const [time, port] of made.entries()) {
          log.record({ ...ENTRY, address: `a:${port}` }, time);
        }
        const latest = [...new Set(made.toReversed())].slice(0, limit).toReversed();
        assert.deepEqual(
          log.records().map(({ address }) => address),
          latest.map((port) => `a:${port}`),
        );
        const total = log.records().reduce((sum, { count }) => sum + count, 0);
        assert.ok(total <= made.length && log.size <= limit);
      }),
    );
  });
});
