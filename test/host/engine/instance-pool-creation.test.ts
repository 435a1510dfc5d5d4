import assert from "node:assert/strict";
import { beforeEach, describe, it } from "mocha";
import { type InstancePool, type Lease } from "../../../host/engine/instance-pool.ts";
import { type Fake, FakePools, ask, turn } from "./fake-pool.ts";

describe("InstancePool, making instances", () => {
  let pools: FakePools;
  beforeEach(() => {
    pools = new FakePools();
  });

  let begun: PromiseWithResolvers<Fake>[];
  const slowly = (): Promise<Fake> => {
    const making = Promise.withResolvers<Fake>();
    begun.push(making);
    return making.promise;
  };
  beforeEach(() => {
    begun = [];
  });

  it("makes one for each call that waits, up to its size", async () => {
    const pool = pools.open({ create: slowly });
    const leases: Lease<Fake>[] = [];
    for (let i = 0; i < 3; i++) void ask(pool, leases);
    assert.deepEqual([begun.length, pool.live, pool.busy], [2, 2, 0]);
    begun[1]?.resolve(pools.create());
    await turn();
    assert.equal(leases.length, 1);
    leases[0]?.release();
    await turn();
    assert.equal(leases.length, 2);
    begun[0]?.resolve(pools.create());
    await turn();
    assert.equal(leases.length, 3);
  });

  it("gives a failure to the first that waits, and tries again for the next", async () => {
    const pool = pools.open({ create: slowly, poolSize: 1 });
    const results = Promise.allSettled([pool.acquire(), pool.acquire()]);
    begun[0]?.reject(new Error("cannot"));
    await turn();
    assert.equal(begun.length, 2);
    begun[1]?.resolve(pools.create());
    const [first, second] = await results;
    assert.ok(first.status === "rejected");
    assert.equal(first.reason.message, "cannot");
    assert.equal(second.status, "fulfilled");
    assert.equal(pool.live, 1);
  });

  it("keeps an instance whose call left meanwhile, unless all are fresh", async () => {
    for (const [poolSize, idle] of [
      [1, 1],
      [0, 0],
    ] as const) {
      begun = [];
      const pool = pools.open({ create: slowly, poolSize });
      const leave = new AbortController();
      const left = pool.acquire(leave.signal);
      leave.abort(new Error("gone"));
      await assert.rejects(left, { message: "gone" });
      begun[0]?.resolve(pools.create());
      await turn();
      assert.deepEqual([pool.idle, pool.live], [idle, idle]);
    }
  });

  it("disposes what is finished after the pool was closed", async () => {
    const pool = pools.open({ create: slowly });
    const refused = assert.rejects(pool.acquire(), { code: "closed" });
    pool[Symbol.dispose]();
    await refused;
    begun[0]?.resolve(pools.create());
    await turn();
    assert.equal(pools.made[0]?.disposals, 1);
    assert.equal(pool.live, 0);
  });

  it("fails only the calls whose instance cannot be made", async () => {
    let failures = 3;
    const pool = pools.open({
      create: () => {
        if (0 < failures--) throw new Error("cannot");
        return pools.create();
      },
    });
    for (let i = 0; i < 3; i++) await assert.rejects(pool.acquire(), { message: "cannot" });
    const lease = await pool.acquire();
    assert.equal(lease.instance.id, 0);
    assert.deepEqual([pool.live, pool.created, pool.waiting], [1, 1, 0]);
  });

  it("is not stuck if an additional instance cannot be made", async () => {
    let fail = false;
    const pool = pools.open({
      poolSize: 1,
      create: () => {
        if (fail) throw new Error("cannot");
        return pools.create();
      },
    });
    const busy = await pool.acquire();
    fail = true;
    const failed = assert.rejects(pool.acquire(), { message: "cannot" });
    pools.clock.advance(10);
    const second = pool.acquire();
    pools.clock.advance(11);
    await failed;
    fail = false;
    busy.release();
    assert.equal((await second).instance.id, 0);
  });

  it("keeps its promises under a random load", async () => {
    let seed = 1;
    const random = (n: number): number => {
      seed = (seed * 48_271) % 2_147_483_647;
      return seed % n;
    };
    for (const poolSize of [0, 1, 3]) {
      const pool = pools.open({ poolSize, maxInstances: 6, maxInvocations: 5, maxWaiting: 20 });
      const leases: Lease<Fake>[] = [];
      let [asked, served, refused, left] = [0, 0, 0, 0];
      const lease = async (from: InstancePool<Fake>, signal?: AbortSignal): Promise<void> => {
        try {
          const leased = await from.acquire(signal);
          assert.equal(leased.instance.disposals, 0);
          assert.ok(!leases.some(({ instance }) => instance === leased.instance));
          leases.push(leased);
          served += 1;
        } catch (error) {
          if (error === "left") left += 1;
          else refused += 1;
        }
      };
      for (let step = 0; step < 3000; step++) {
        const action = random(10);
        if (action < 4) {
          asked += 1;
          const signal = random(5) === 0 ? AbortSignal.abort("left") : undefined;
          void lease(pool, signal);
        } else if (action < 7) leases.splice(random(leases.length + 1), 1)[0]?.release();
        else if (action < 8) leases.splice(random(leases.length + 1), 1)[0]?.discard();
        else pools.clock.advance(random(15));
        if (random(3) === 0) await turn();
        assert.ok(pool.live <= 6);
        assert.ok(pool.waiting <= 20);
        assert.equal(pool.live, pool.idle + pool.busy);
        assert.ok(pool.idle === 0 || pool.waiting === 0);
        assert.ok(pool.idle <= poolSize);
      }
      while (0 < leases.length || 0 < pool.waiting) {
        leases.shift()?.release();
        pools.clock.advance(1);
        await turn();
      }
      assert.equal(asked, served + refused + left);
      assert.equal(pool.created - pool.discarded, pool.live);
      pool[Symbol.dispose]();
      assert.ok(pools.made.every(({ disposals }) => disposals === 1));
    }
  });
});
