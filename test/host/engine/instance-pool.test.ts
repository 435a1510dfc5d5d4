import assert from "node:assert/strict";
import { beforeEach, describe, it } from "mocha";
import { type Lease } from "../../../host/engine/instance-pool.ts";
import { type Fake, FakePools, ask, idsOf, turn } from "./fake-pool.ts";

describe("InstancePool", () => {
  let pools: FakePools;
  beforeEach(() => {
    pools = new FakePools();
  });

  describe("of size 0", () => {
    it("makes a fresh instance for each call and drops it after", async () => {
      const pool = pools.open({ poolSize: 0 });
      for (let i = 0; i < 3; i++) {
        const lease = await pool.acquire();
        assert.equal(lease.instance.id, i);
        assert.equal(lease.instance.disposals, 0);
        lease.release();
        assert.equal(lease.instance.disposals, 1);
      }
      assert.deepEqual([pool.live, pool.created, pool.discarded], [0, 3, 3]);
    });

    it("has no more than maxInstances alive, and serves in order", async () => {
      const pool = pools.open({ poolSize: 0, maxInstances: 2 });
      const leases: Lease<Fake>[] = [];
      const asked = [0, 1, 2, 3].map(() => ask(pool, leases));
      await turn();
      pools.clock.advance(1000);
      await turn();
      assert.deepEqual(idsOf(leases), [0, 1]);
      assert.deepEqual([pool.live, pool.busy, pool.waiting], [2, 2, 2]);
      leases[1]?.release();
      await turn();
      assert.deepEqual(idsOf(leases), [0, 1, 2]);
      leases[0]?.discard();
      await Promise.all(asked);
      assert.deepEqual(idsOf(leases), [0, 1, 2, 3]);
      assert.deepEqual([pool.live, pool.waiting, pool.discarded], [2, 0, 2]);
    });
  });

  it("makes instances as they are needed, and keeps them for further calls", async () => {
    const pool = pools.open();
    const one = await pool.acquire();
    assert.equal(pools.made.length, 1);
    one.release();
    const again = await pool.acquire();
    const other = await pool.acquire();
    assert.deepEqual(idsOf([again, other]), [0, 1]);
    again.release();
    other.release();
    assert.deepEqual([pool.live, pool.idle, pool.busy], [2, 2, 0]);
    assert.deepEqual([pool.created, pool.discarded], [2, 0]);
  });

  it("serves waiting calls in the order in which they came", async () => {
    const pool = pools.open({ poolSize: 1 });
    const first = await pool.acquire();
    const order: number[] = [];
    const asked = [1, 2, 3].map(async (n) => {
      const lease = await pool.acquire();
      order.push(n);
      lease.release();
    });
    assert.equal(pool.waiting, 3);
    first.release();
    await Promise.all(asked);
    assert.deepEqual(order, [1, 2, 3]);
    assert.equal(pools.made.length, 1);
  });

  it("replaces an instance that was discarded while calls wait", async () => {
    const pool = pools.open({ poolSize: 1 });
    const first = await pool.acquire();
    const next = pool.acquire();
    first.discard();
    assert.equal((await next).instance.id, 1);
    assert.equal(pools.made[0]?.disposals, 1);
    assert.equal(pool.live, 1);
  });

  it("discards at the end of a block, unless the lease was released", async () => {
    const pool = pools.open();
    {
      using lease = await pool.acquire();
      lease.release();
    }
    assert.equal(pools.made[0]?.disposals, 0);
    {
      using lease = await pool.acquire();
      assert.equal(lease.instance.id, 0);
    }
    assert.equal(pools.made[0]?.disposals, 1);
  });

  it("ends a lease once, whatever is called after", async () => {
    const pool = pools.open({ poolSize: 1 });
    const lease = await pool.acquire();
    lease.release();
    const next = await pool.acquire();
    lease.discard();
    lease.release();
    lease[Symbol.dispose]();
    assert.equal(next.instance.disposals, 0);
    assert.deepEqual([pool.live, pool.busy], [1, 1]);
  });

  it("retires an instance after maxInvocations calls", async () => {
    const pool = pools.open({ poolSize: 1, maxInvocations: 2 });
    const served: number[] = [];
    for (let i = 0; i < 5; i++) {
      const lease = await pool.acquire();
      served.push(lease.instance.id);
      lease.release();
    }
    assert.deepEqual(served, [0, 0, 1, 1, 2]);
    assert.deepEqual(
      pools.made.map(({ disposals }) => disposals),
      [1, 1, 0],
    );
  });

  it("ends waiting calls and all instances when it is disposed", async () => {
    const pool = pools.open({ poolSize: 2 });
    const [busy, idle] = [await pool.acquire(), await pool.acquire()];
    idle.release();
    const more = await pool.acquire();
    const waiting = pool.acquire();
    pool[Symbol.dispose]();
    await assert.rejects(waiting, { code: "closed" });
    await assert.rejects(pool.acquire(), { code: "closed" });
    busy.release();
    more.discard();
    assert.deepEqual(
      pools.made.map(({ disposals }) => disposals),
      [1, 1],
    );
    assert.deepEqual([pool.live, pools.clock.timers, pool.discarded], [0, 0, 2]);
  });

  it("goes on if an instance fails to end", async () => {
    const pool = pools.open({ poolSize: 1 });
    const lease = await pool.acquire();
    const next = pool.acquire();
    Object.defineProperty(lease.instance, Symbol.dispose, {
      value: () => {
        throw new Error("stuck");
      },
    });
    assert.throws(() => lease.discard(), { message: "stuck" });
    assert.equal((await next).instance.id, 1);
  });
});
