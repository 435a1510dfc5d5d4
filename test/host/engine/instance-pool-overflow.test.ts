import assert from "node:assert/strict";
import { beforeEach, describe, it } from "mocha";
import { type Lease } from "../../../host/engine/instance-pool.ts";
import type { SpareTime } from "../../../host/engine/spare-time.ts";
import { type Fake, FakePools, ask, idsOf, turn } from "./fake-pool.ts";

class FakeSpareTime implements SpareTime {
  has = false;
  starts = 0;

  start(): void {
    this.starts += 1;
  }

  hasAny(): boolean {
    return this.has;
  }
}

describe("InstancePool, when all are busy", () => {
  let pools: FakePools;
  beforeEach(() => {
    pools = new FakePools();
  });

  it("makes one more once the first call has waited long enough", async () => {
    const pool = pools.open({ poolSize: 1 });
    const busy = await pool.acquire();
    const leases: Lease<Fake>[] = [];
    void ask(pool, leases);
    pools.clock.advance(19);
    await turn();
    assert.equal(pools.made.length, 1);
    pools.clock.advance(1.1);
    await turn();
    assert.deepEqual(idsOf(leases), [1]);
    assert.equal(pool.live, 2);
    busy.release();
    assert.equal(pool.live, 1, "dropped when idle: another is there");
    leases[0]?.release();
    assert.deepEqual([pool.live, pool.idle], [1, 1]);
  });

  it("reuses the additional one while calls wait", async () => {
    const pool = pools.open({ poolSize: 1 });
    const busy = await pool.acquire();
    const leases: Lease<Fake>[] = [];
    void ask(pool, leases);
    pools.clock.advance(21);
    void ask(pool, leases);
    await turn();
    leases[0]?.release();
    await turn();
    assert.deepEqual(idsOf(leases), [1, 1]);
    busy.release();
    leases[1]?.release();
    assert.deepEqual([pool.created, pool.live], [2, 1]);
  });

  it("counts the wait of each call, not of the queue", async () => {
    const pool = pools.open({ poolSize: 1 });
    let busy = await pool.acquire();
    for (let i = 0; i < 10; i++) {
      const next = pool.acquire();
      pools.clock.advance(15);
      busy.release();
      busy = await next;
    }
    assert.equal(pools.made.length, 1);
  });

  it("makes more even if instances return all the time, but too slowly", async () => {
    const pool = pools.open({ poolSize: 1 });
    const leases: Lease<Fake>[] = [await pool.acquire()];
    for (let i = 0; i < 100; i++) void ask(pool, leases);
    for (let i = 0; i < 40; i++) {
      pools.clock.advance(1);
      leases.shift()?.release();
      await turn();
    }
    assert.ok(1 < pools.made.length, "no additional instance was made");
  });

  it("makes some at once for calls that wait", async () => {
    const pool = pools.open({ poolSize: 1 });
    const leases: Lease<Fake>[] = [];
    for (let i = 0; i < 7; i++) void ask(pool, leases);
    pools.clock.advance(20);
    await turn();
    assert.equal(leases.length, 5);
    pools.clock.advance(20);
    await turn();
    assert.deepEqual([leases.length, pools.made.length], [7, 7], "no more than there are calls");
  });

  it("makes none while the thread has no time to spare", async () => {
    const spareTime = new FakeSpareTime();
    const pool = pools.open({ poolSize: 1, spareTime });
    const leases: Lease<Fake>[] = [await pool.acquire()];
    for (let i = 0; i < 50; i++) void ask(pool, leases);
    for (let i = 0; i < 10; i++) {
      pools.clock.advance(100);
      leases.shift()?.release();
      await turn();
    }
    assert.equal(pools.made.length, 1);
    assert.ok(spareTime.starts > 10, "it looked once only");
    spareTime.has = true;
    pools.clock.advance(20);
    await turn();
    assert.equal(pools.made.length, 5);
  });

  it("makes more on a busy thread if none comes back", async () => {
    const pool = pools.open({ poolSize: 1, spareTime: new FakeSpareTime() });
    const leases: Lease<Fake>[] = [await pool.acquire()];
    void ask(pool, leases);
    pools.clock.advance(200);
    await turn();
    assert.equal(leases.length, 1);
    pools.clock.advance(100);
    await turn();
    assert.deepEqual(idsOf(leases), [0, 1]);
  });

  it("never has more than maxInstances", async () => {
    const pool = pools.open({ poolSize: 2, maxInstances: 5 });
    const leases: Lease<Fake>[] = [];
    for (let i = 0; i < 10; i++) void ask(pool, leases);
    pools.clock.advance(10_000);
    await turn();
    assert.equal(leases.length, 5);
    assert.deepEqual([pool.live, pool.waiting], [5, 5]);
    assert.equal(pools.clock.timers, 0, "nothing to do until one returns");
    leases[0]?.discard();
    pools.clock.advance(100);
    await turn();
    assert.equal(leases.length, 6);
  });

  it("keeps no more than maxInstances warm", async () => {
    const pool = pools.open({ poolSize: 9, maxInstances: 2 });
    const leases: Lease<Fake>[] = [];
    for (let i = 0; i < 3; i++) void ask(pool, leases);
    await turn();
    assert.equal(pool.live, 2);
  });

  it("refuses at once what would wait behind maxWaiting calls", async () => {
    const pool = pools.open({ poolSize: 1, maxWaiting: 2 });
    const leases: Lease<Fake>[] = [await pool.acquire()];
    void ask(pool, leases);
    void ask(pool, leases);
    await assert.rejects(pool.acquire(), {
      code: "pool-exhausted",
      message: "Cannot lease an instance: 2 calls are waiting for 1 instances",
    });
    leases[0]?.release();
    await turn();
    void ask(pool, leases);
    assert.equal(pool.waiting, 2);
  });

  it("lets a call leave the queue", async () => {
    const pool = pools.open({ poolSize: 1 });
    const busy = await pool.acquire();
    const leave = new AbortController();
    const left = pool.acquire(leave.signal);
    const next = pool.acquire(new AbortController().signal);
    leave.abort(new Error("gone"));
    await assert.rejects(left, { message: "gone" });
    assert.equal(pool.waiting, 1);
    busy.release();
    assert.equal((await next).instance.id, 0);
    leave.abort();
    await assert.rejects(pool.acquire(leave.signal), { message: "gone" });
  });
});
