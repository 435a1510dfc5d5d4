import assert from "node:assert/strict";
import { describe, it } from "mocha";
import type { Workload } from "../../../host/manifest/workload.ts";
import { isSameWorkload } from "../../../host/workload/same-workload.ts";
import { workloadOf } from "./real-workload.ts";

const WORKLOAD = workloadOf({ service: "tcp-echo", component: "http-hello" });

describe("isSameWorkload", () => {
  it("does not care where something is written, or how many replicas there are", () => {
    const moved = JSON.parse(JSON.stringify(WORKLOAD), (key, value: unknown) =>
      key === "location" ? { file: "other.yaml", line: 9, column: 9 } : value,
    );
    const same = { ...structuredClone(WORKLOAD), replicas: 7, location: moved.location };
    assert.ok(isSameWorkload(WORKLOAD, same));
  });

  it("sees every other difference", () => {
    const { service } = WORKLOAD;
    assert.ok(service);
    const others = [
      { ...WORKLOAD, labels: { a: "b" } },
      { ...WORKLOAD, components: [] },
      { ...WORKLOAD, terminationGracePeriod: 1 },
      { ...WORKLOAD, service: { ...service, maxRestarts: Infinity } },
      { ...WORKLOAD, service: { ...service, args: ["a"] } },
      { ...WORKLOAD, service: { ...service, environment: { A: "b" } } },
    ];
    for (const other of others) assert.ok(!isSameWorkload(WORKLOAD, other));
  });

  it("sees variables whose names mean a place elsewhere", () => {
    const { service } = WORKLOAD;
    assert.ok(service);
    for (const name of ["location", "origin", "origins"]) {
      const environment = { [name]: "x" };
      const changed: Workload = { ...WORKLOAD, service: { ...service, environment } };
      assert.ok(!isSameWorkload(WORKLOAD, changed));
      assert.ok(!isSameWorkload(WORKLOAD, { ...WORKLOAD, labels: { [name]: "x" } }));
    }
  });
});
