import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { check, checkNotices, loadOne, workload } from "./check.ts";

describe("readWorkload", () => {
  it("reads a deployment as that many replicas of its template", async () => {
    const loaded = await loadOne(
      deployment("replicas: 3", "labels: { a: template }", "annotations: { x: y }").replace(
        "{ name: leet }",
        "{ name: leet, namespace: shop, labels: { a: deployment, b: deployment } }",
      ),
    );
    assert.equal(loaded.replicas, 3);
    assert.equal(loaded.namespace, "shop");
    assert.deepEqual(loaded.labels, { a: "template", b: "deployment" });
    assert.deepEqual(loaded.annotations, { x: "y" });
    assert.match(String(loaded.service?.image), /\/s\.wasm$/);
  });

  it("reads a replica set like a deployment", async () => {
    const loaded = await loadOne(
      deployment("replicas: 2").replace("WorkloadDeployment", "WorkloadReplicaSet"),
    );
    assert.equal(loaded.replicas, 2);
  });

  it("takes one replica where a deployment gives no number", async () => {
    assert.equal((await loadOne(deployment(""))).replicas, 1);
  });

  it("accepts no replicas, and says so", async () => {
    const { workloads } = await checkNotices(
      deployment("replicas: 0"),
      "m.yaml:5:3: spec.replicas is 0: nothing of it runs",
    );
    assert.equal(workloads[0]?.replicas, 0);
  });

  it("refuses numbers of replicas that no host can run", async () => {
    await check(deployment("replicas: -1"), "m.yaml:5:13: spec.replicas must be 0 or more, not -1");
    await check(
      deployment("replicas: 257"),
      "m.yaml:5:13: spec.replicas must be at most 256, not 257",
    );
    await check(
      workload("replicas: 2\nservice: { image: s.wasm }"),
      "m.yaml:5:3: spec.replicas is unknown",
    );
  });

  it("refuses a workload of nothing", async () => {
    const nothing = "m.yaml:4:1: spec must have a service or components";
    await check(workload("components: []"), nothing);
    await check(workload("hostId: x"), nothing);
    await check(workload("components: 5"), "m.yaml:5:15: spec.components must be a list, not 5");
  });

  it("tells mistakes inside a template by their whole path", async () => {
    await check(
      deployment("replicas: 1", "labels: {}").replace("s.wasm", "s.wasm, port: 1"),
      'm.yaml:9:33: spec.template.spec.service.port is unknown (did you mean "ports"?)',
    );
  });
});

function deployment(spec: string, ...template: readonly string[]): string {
  return [
    "apiVersion: runtime.wasmcloud.dev/v1alpha1",
    "kind: WorkloadDeployment",
    "metadata: { name: leet }",
    "spec:",
    `  ${spec}`,
    "  template:",
    ...template.map((line) => `    ${line}`),
    "    spec:",
    "      service: { image: s.wasm }",
  ].join("\n");
}
