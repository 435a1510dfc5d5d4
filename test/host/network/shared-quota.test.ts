import assert from "node:assert/strict";
import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { array, assert as check, boolean, constantFrom, nat, property, record } from "fast-check";
import { describe, it } from "mocha";
import { HostQuota } from "../../../host/network/host-quota.ts";
import { QUOTA_KINDS, QUOTA_ROWS_MAX } from "../../../host/network/quota-table.ts";
import { SharedQuota } from "../../../host/network/shared-quota.ts";

describe("HostQuota", () => {
  it("has the limits it was made with, and none where none was given", () => {
    const host = new HostQuota({ socket: 7.9, listener: -1, page: Number.NaN });
    assert.equal(host.limit("socket"), 7);
    assert.equal(host.limit("listener"), 0);
    assert.equal(host.limit("page"), 0);
    assert.equal(host.limit("connection"), 2 ** 31 - 1);
    const place = host.admit({ socket: 3 });
    assert.equal(place.limit("socket"), 3);
    for (const kind of QUOTA_KINDS) {
      assert.equal(host.used(kind) + host.refused(kind) + place.used(kind), 0);
    }
  });

  it("takes back what a workload left behind, and nothing of its successor", () => {
    const host = new HostQuota({});
    const [gone, stays] = [host.admit({}), host.admit({})];
    new SharedQuota(stays.seat).acquire("connection", 3);
    const quota = new SharedQuota(gone.seat);
    quota.acquire("connection", 2);
    quota.charge("page", 9);
    gone.reclaim();
    assert.equal(host.used("connection"), 3);
    assert.equal(host.used("page"), 0);
    quota.acquire("connection", 2);
    gone[Symbol.dispose]();
    assert.equal(host.used("connection"), 3);
    const next = host.admit({ connection: 1 });
    assert.equal(next.seat.row, gone.seat.row);
    assert.equal(new SharedQuota(next.seat).acquire("connection", 1), true);
    gone.reclaim();
    gone[Symbol.dispose]();
    assert.equal(next.used("connection"), 1);
    assert.equal(next.limit("connection"), 1);
    assert.notEqual(host.admit({}).seat.row, next.seat.row);
  });

  it("has places for so many, and again for so many", () => {
    const host = new HostQuota({});
    for (let round = 0; round < 2; round += 1) {
      const places = Array.from({ length: QUOTA_ROWS_MAX - 1 }, () => host.admit({}));
      assert.throws(() => host.admit({}), RangeError);
      for (const place of places) place[Symbol.dispose]();
    }
  });
});

describe("SharedQuota", () => {
  it("takes within the limits of the workload and of the host, and counts who refused", () => {
    const host = new HostQuota({ socket: 5 });
    const [first, second] = [host.admit({ socket: 4 }), host.admit({ socket: 4 })];
    assert.equal(new SharedQuota(first.seat).acquire("socket", 4), true);
    assert.equal(new SharedQuota(first.seat).acquire("socket", 1), false);
    assert.equal(first.refused("socket"), 1);
    assert.equal(new SharedQuota(second.seat).acquire("socket", 2), false);
    assert.equal(host.refused("socket"), 1);
    assert.equal(second.refused("socket"), 0);
    assert.equal(second.used("socket"), 0);
    assert.equal(new SharedQuota(second.seat).acquire("socket", 1), true);
    assert.equal(host.used("socket"), 5);
  });

  it("charges past the limit, and then has no room until enough came back", () => {
    const place = new HostQuota({}).admit({ page: 2 });
    const quota = new SharedQuota(place.seat);
    assert.equal(quota.hasRoom("page", 2), true);
    assert.equal(quota.hasRoom("page", 3), false);
    quota.charge("page", 3);
    assert.equal(quota.hasRoom("page", 0), false);
    quota.release("page", 2);
    assert.equal(quota.hasRoom("page", 1), true);
    assert.equal(quota.acquire("page", 1), true);
    assert.equal(place.used("page"), 2);
  });

  it("knows what others hold of pages from when it took some itself, and asks again before it says no", () => {
    const host = new HostQuota({ page: 12 });
    const [first, second] = [host.admit({}), host.admit({})].map(
      ({ seat }) => new SharedQuota(seat),
    );
    assert.ok(first && second);
    first.charge("page", 10);
    second.charge("page", 1);
    assert.equal(second.hasRoom("page", 1), true);
    assert.equal(second.hasRoom("page", 2), false);
    first.release("page", 10);
    assert.equal(second.hasRoom("page", 11), true);
    assert.equal(second.hasRoom("page", 12), false);
  });

  it("agrees with plain counting, whatever workloads take and give back", () => {
    const step = record({
      workload: nat({ max: 2 }),
      kind: constantFrom("socket" as const, "page" as const),
      count: nat({ max: 6 }),
      gives: boolean(),
    });
    check(
      property(array(step, { maxLength: 60 }), (steps) => {
        const host = new HostQuota({ socket: 12, page: 12 });
        const workloads = [0, 1, 2].map(() => {
          const place = host.admit({ socket: 8, page: 8 });
          return { place, quota: new SharedQuota(place.seat), socket: 0, page: 0 };
        });
        for (const { workload, kind, count, gives } of steps) {
          const own = workloads[workload];
          assert.ok(own);
          const all = workloads.reduce((sum, each) => sum + each[kind], 0);
          if (gives) {
            const given = Math.min(count, own[kind]);
            own.quota.release(kind, given);
            own[kind] -= given;
          } else {
            const fits = own[kind] + count <= 8 && all + count <= 12;
            // What others held of `page` may be known from earlier only.
            if (kind === "socket") assert.equal(own.quota.hasRoom(kind, count), fits);
            assert.equal(own.quota.acquire(kind, count), fits);
            if (fits) own[kind] += count;
          }
          for (const { place, ...own } of workloads) assert.equal(place.used(kind), own[kind]);
        }
      }),
    );
  });

  it("counts exactly while threads compete, also when they are terminated in the middle of it", async () => {
    const host = new HostQuota({ socket: 50 });
    for (let round = 0; round < 3; round += 1) {
      const places = [0, 1].map(() => host.admit({ socket: 40 }));
      const workers = places.map(({ seat }) => new Worker(COMPETITOR, { workerData: seat }));
      await Promise.all(workers.map((worker) => once(worker, "message")));
      await Promise.all(workers.map((worker) => worker.terminate()));
      for (const place of places) {
        assert.ok(0 <= place.used("socket") && place.used("socket") <= 41);
        assert.ok(place.refused("socket") + host.refused("socket") > 0);
        place[Symbol.dispose]();
      }
      assert.equal(host.used("socket"), 0);
    }
  });
});

/** Takes and gives back for ever; says when it got somewhere, and ends itself where it was granted too much. */
const COMPETITOR = new URL(
  `data:text/javascript,${encodeURIComponent(`
    import { parentPort, workerData } from "node:worker_threads";
    import { SharedQuota } from "${import.meta.resolve("../../../host/network/shared-quota.ts")}";
    const quota = new SharedQuota(workerData);
    for (let round = 0; ; round += 1) {
      let held = 0;
      for (let count = 0; count < 60; count += 1) if (quota.acquire("socket", 1)) held += 1;
      if (held > 40) throw new Error("more was granted than there is");
      quota.release("socket", held);
      if (round === 2000) parentPort.postMessage("going");
    }
  `)}`,
);
