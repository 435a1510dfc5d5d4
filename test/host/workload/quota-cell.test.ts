import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { defaultPolicy } from "../../../policy/policy.ts";
import { HostQuota } from "../../../host/network/host-quota.ts";
import { SharedQuota } from "../../../host/network/shared-quota.ts";
import { DEFAULT_LIMITS } from "../../../host/manifest/read-limits.ts";
import type { Workload } from "../../../host/manifest/workload.ts";
import { quotaOf, withQuota } from "../../../host/workload/quota-cell.ts";
import { cellStart, FakeCells } from "./fake-cell.ts";

describe("withQuota", () => {
  it("takes back all that a cell held, once it has stopped and not before", async () => {
    const quota = new HostQuota({ socket: 10 });
    const cells = new FakeCells();
    const seats: SharedQuota[] = [];
    const create = withQuota(
      (start, events) => {
        if (start.quota !== undefined) seats.push(new SharedQuota(start.quota));
        return cells.create(start, events);
      },
      quota,
      { socket: 4 },
    );
    const cell = create(cellStart(), { report: () => {}, died: () => {} });
    assert.ok(seats[0]?.acquire("socket", 4));
    assert.equal(seats[0]?.acquire("socket", 1), false, "beyond the workload's own limit");
    assert.equal(quota.used("socket"), 4);
    await cell.stop();
    assert.equal(quota.used("socket"), 0);
  });

  it("gives its place back where the cell cannot be made", () => {
    const quota = new HostQuota({ socket: 10 });
    const create = withQuota(
      ({ quota: seat }) => {
        if (seat !== undefined) new SharedQuota(seat).acquire("socket", 1);
        throw new Error("EAGAIN");
      },
      quota,
      { socket: 4 },
    );
    const make = (): unknown => create(cellStart(), { report: () => {}, died: () => {} });
    assert.throws(make, { message: "EAGAIN" });
    assert.equal(quota.used("socket"), 0);
  });

  it("keeps workloads together within the limit of the host", () => {
    const quota = new HostQuota({ socket: 5 });
    const seats: SharedQuota[] = [];
    const create = withQuota(
      (start, events) => {
        if (start.quota !== undefined) seats.push(new SharedQuota(start.quota));
        return new FakeCells().create(start, events);
      },
      quota,
      { socket: 4 },
    );
    create(cellStart(), { report: () => {}, died: () => {} });
    create(cellStart(), { report: () => {}, died: () => {} });
    assert.ok(seats[0]?.acquire("socket", 4));
    assert.ok(seats[1]?.acquire("socket", 1));
    assert.equal(seats[1]?.acquire("socket", 1), false);
    assert.equal(quota.refused("socket"), 1);
  });
});

describe("quotaOf", () => {
  it("adds up what the guests of a workload may use, each connection with both ends", () => {
    const limits = { ...DEFAULT_LIMITS, sockets: 10, listeners: 2, bufferedBytes: 10_000 };
    const guest = { image: "", environment: {}, limits, mounts: [], location: PLACE };
    const workload: Workload = {
      namespace: "default",
      name: "w",
      labels: {},
      annotations: {},
      replicas: 1,
      service: {
        ...guest,
        policy: defaultPolicy("service"),
        args: [],
        maxRestarts: 0,
        restart: { policy: "never", backoff: { initial: 1, max: 1 }, healthyAfter: 1 },
        readiness: { timeout: 1, port: undefined, http: undefined },
        ports: [],
      },
      components: [
        {
          ...guest,
          policy: defaultPolicy("component"),
          name: "c",
          poolSize: 0,
          maxInvocations: 0,
          timeout: 1,
        },
      ],
      volumes: [],
      tunnels: [],
      http: undefined,
      terminationGracePeriod: 1,
      location: PLACE,
    };
    assert.partialDeepStrictEqual(quotaOf(workload), {
      socket: 20,
      connection: 40,
      listener: 4,
      page: 6,
    });
  });
});

const PLACE = { file: "w.yaml", line: 1, column: 1 };
