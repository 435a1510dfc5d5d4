import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { RING_POOL_BYTES_MAX, RingPool } from "../../../host/network/ring-pool.ts";

describe("RingPool", () => {
  it("hands out what came back, by exact size", () => {
    const pool = new RingPool();
    const ring = pool.take(8192);
    assert.equal(ring.length, 8192);
    pool.give(ring);
    assert.equal(pool.bytes, 8192);
    assert.notEqual(pool.take(16_384), ring);
    assert.equal(pool.take(8192), ring);
    assert.equal(pool.bytes, 0);
    assert.notEqual(pool.take(8192), ring);
  });

  it("keeps no more than its bound, whatever the sizes", () => {
    const pool = new RingPool();
    for (let size = 8192; size <= 4 * RING_POOL_BYTES_MAX; size *= 2) {
      for (let count = 0; count < 300; count += 1) pool.give(Buffer.alloc(size));
    }
    assert.ok(pool.bytes <= RING_POOL_BYTES_MAX);
    assert.ok(pool.bytes > 0);
  }).timeout(10_000);
});
