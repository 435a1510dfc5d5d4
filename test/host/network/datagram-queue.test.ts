import assert from "node:assert/strict";
import { SocketAddress } from "node:net";
import { array, assert as check, integer, nat, oneof, property, record } from "fast-check";
import { describe, it } from "mocha";
import { DatagramQueue } from "../../../host/network/datagram-queue.ts";
import { RingPool } from "../../../host/network/ring-pool.ts";
import { DATAGRAMS_MAX } from "../../../host/network/udp-options.ts";
import { RecordingQuota } from "./support.ts";

describe("DatagramQueue", () => {
  it("agrees with a list of datagrams, whatever their sizes and the limit", () => {
    const step = oneof(
      { weight: 3, arbitrary: record({ push: nat({ max: 3000 }) }) },
      { weight: 2, arbitrary: record({ shift: nat({ max: 5 }) }) },
      { weight: 1, arbitrary: record({ limit: integer({ min: 1, max: 20_000 }) }) },
      { weight: 1, arbitrary: record({ retain: nat({ max: 3 }) }) },
    );
    check(
      property(array(step, { maxLength: 100, size: "max" }), (steps) => {
        let limit = 9000;
        const queue = new DatagramQueue(limit, new RingPool());
        let model: { data: Buffer; port: number }[] = [];
        for (const [index, step] of steps.entries()) {
          if ("push" in step) {
            const data = Buffer.alloc(step.push, index);
            const bytes = model.reduce((sum, each) => sum + each.data.length, 0);
            const fits = model.length === 0 || bytes + data.length < limit;
            assert.equal(queue.push(data, from(index % 4)), fits);
            if (fits) model.push({ data, port: index % 4 });
          } else if ("shift" in step) {
            for (let count = 0; count <= step.shift; count += 1) {
              const expected = model.shift();
              const datagram = queue.shift();
              assert.equal(datagram?.remote.port, expected?.port);
              assert.ok(expected === undefined || expected.data.equals(datagram?.data ?? EMPTY));
            }
          } else if ("limit" in step) {
            ({ limit } = step);
            queue.setLimit(limit);
          } else {
            const kept = model.filter(({ port }) => port === step.retain);
            const dropped = queue.retain(({ port }) => port === step.retain);
            assert.equal(dropped, model.length - kept.length);
            model = kept;
          }
          assert.equal(queue.pending, model.length);
        }
      }),
    );
  });

  it("holds less than its limit, but one datagram whatever its size", () => {
    const queue = new DatagramQueue(1000, new RingPool());
    assert.ok(queue.push(new Uint8Array(500), from(1)));
    assert.equal(queue.push(new Uint8Array(500), from(1)), false);
    assert.equal(queue.push(new Uint8Array(499), from(1)), true);
    drain(queue);
    assert.equal(queue.push(new Uint8Array(65_527), from(1)), true);
    assert.equal(queue.push(EMPTY, from(1)), false);
  });

  it("holds no more datagrams than its bound, however small they are", () => {
    const queue = new DatagramQueue(1_000_000, new RingPool());
    for (let count = 0; count < DATAGRAMS_MAX; count += 1) {
      assert.ok(queue.push(EMPTY, from(1)));
    }
    assert.equal(queue.push(EMPTY, from(1)), false);
    queue.shift();
    assert.equal(queue.push(EMPTY, from(1)), true);
  });

  it("tells its reader when the first one arrives, and when it is closed", () => {
    const queue = new DatagramQueue(1000, new RingPool());
    let calls = 0;
    const wait = (): void => queue.whenReadable.add(() => (calls += 1));
    wait();
    queue.push(EMPTY, from(1));
    assert.equal(calls, 1);
    wait();
    queue.push(EMPTY, from(1));
    assert.equal(calls, 1);
    queue.close();
    assert.equal(calls, 2);
    assert.equal(queue.pending, 0);
    assert.equal(queue.shift(), undefined);
    assert.equal(queue.push(EMPTY, from(1)), false);
  });

  it("holds memory of its quota while it has bytes, and takes little where that is used up", () => {
    const quota = new RecordingQuota({ page: 20 });
    const pool = new RingPool(quota);
    const queue = new DatagramQueue(60_000, pool);
    assert.ok(queue.push(new Uint8Array(50_000), from(1)));
    assert.equal(quota.used("page"), 16);
    const poor = new DatagramQueue(60_000, pool);
    assert.equal(poor.push(new Uint8Array(5000), from(1)), false);
    assert.equal(poor.push(new Uint8Array(3000), from(1)), true);
    assert.equal(poor.push(new Uint8Array(3000), from(1)), false);
    queue.shift();
    assert.equal(poor.push(new Uint8Array(3000), from(1)), true);
    assert.equal(drain(poor).length, 2);
    queue.close();
    poor.close();
    assert.deepEqual(quota.usage, {});
  });
});

const EMPTY: Buffer = Buffer.alloc(0);

const PEERS = [0, 1, 2, 3].map((port) => new SocketAddress({ address: "127.0.0.1", port }));

function from(port: number): SocketAddress {
  const peer = PEERS[port];
  assert.ok(peer);
  return peer;
}

function drain(queue: DatagramQueue): { data: Buffer; port: number }[] {
  const datagrams: { data: Buffer; port: number }[] = [];
  for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
    datagrams.push({ data: Buffer.from(next.data), port: next.remote.port });
  }
  return datagrams;
}
