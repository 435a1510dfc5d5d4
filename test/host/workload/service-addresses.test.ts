import assert from "node:assert/strict";
import { beforeEach, describe, it } from "mocha";
import { ServiceAddresses } from "../../../host/workload/service-addresses.ts";

const ADDRESS = "127.0.0.1:7777";

describe("ServiceAddresses", () => {
  let told: string[];
  let flushes: (() => void)[];
  let addresses: ServiceAddresses;

  beforeEach(() => {
    told = [];
    flushes = [];
    addresses = new ServiceAddresses({
      send: (report) => told.push("run" in report ? `${report.tag} ${report.run}` : report.tag),
      beforeFlush: (make) => flushes.push(make),
    });
  });

  const add = (tag: "service-listening" | "service-closed", run = 1, address = ADDRESS): void =>
    addresses.add({ tag, run, address });
  /** What the batch of this turn says. */
  const flush = (): string[] => {
    for (const make of flushes.splice(0)) make();
    return told.splice(0);
  };

  it("tells of what was opened and what was given up, with the batch", () => {
    add("service-listening");
    assert.deepEqual(told, []);
    assert.deepEqual(flush(), ["service-listening 1"]);
    add("service-closed");
    assert.deepEqual(flush(), ["service-closed 1"]);
    assert.deepEqual(flush(), []);
  });

  it("tells of nothing that comes to nothing, however often", () => {
    for (let count = 0; count < 1000; count += 1) {
      add("service-listening");
      add("service-closed");
    }
    assert.deepEqual(flush(), []);
    add("service-listening");
    assert.deepEqual(flush(), ["service-listening 1"]);
    for (let count = 0; count < 1000; count += 1) {
      add("service-closed");
      add("service-listening");
    }
    assert.deepEqual(flush(), []);
  });

  it("tells addresses apart", () => {
    add("service-listening");
    add("service-listening", 1, "[::1]:7777");
    add("service-closed");
    assert.deepEqual(flush(), ["service-listening 1"]);
  });

  it("tells that the next run has the address", () => {
    add("service-listening");
    assert.deepEqual(flush(), ["service-listening 1"]);
    add("service-closed", 1);
    add("service-listening", 2);
    assert.deepEqual(flush(), ["service-listening 2"]);
  });

  it("tells at once, and not again, before a report that follows", () => {
    add("service-listening");
    addresses.tell();
    assert.deepEqual(told, ["service-listening 1"]);
    assert.deepEqual(flush(), ["service-listening 1"]);
    assert.deepEqual(flush(), []);
  });
});
