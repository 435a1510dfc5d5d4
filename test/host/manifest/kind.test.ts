import { describe, it } from "mocha";
import { check, checkNotices, workload } from "./check.ts";

const WORKLOAD = workload("service: { image: s.wasm }");

describe("readKind", () => {
  it("names other kinds of Kubernetes and skips them, whatever they hold", async () => {
    await checkNotices(
      [
        "apiVersion: v1",
        "kind: Service",
        "metadata: { name: hello-world }",
        "spec: { ports: [{ port: 80 }] }",
        "---",
        "apiVersion: kueue.x-k8s.io/v1beta1",
        "kind: Workload",
        "---",
        "apiVersion: runtime.wasmcloud.dev/v1alpha1",
        "kind: Host",
        "metadata: { name: h }",
        "hostId: x",
        "---",
        WORKLOAD,
      ].join("\n"),
      'm.yaml:1:1: Service "hello-world" (v1) is not for Islet and was skipped',
      "m.yaml:6:1: Workload (kueue.x-k8s.io/v1beta1) is not for Islet and was skipped",
      'm.yaml:9:1: Host "h" (runtime.wasmcloud.dev/v1alpha1) is not for Islet and was skipped',
    );
  });

  const cases: readonly (readonly [string, ...string[]])[] = [
    ["{}", "m.yaml:1:1: apiVersion is missing", "m.yaml:1:1: kind is missing"],
    ["{ apiVersion: v1 }", "m.yaml:1:1: kind is missing"],
    [
      "{ apiVersion: 1, kind: [] }",
      "m.yaml:1:15: apiVersion must be text",
      "m.yaml:1:24: kind must be text",
    ],
    [
      WORKLOAD.replace("v1alpha1", "v1beta1"),
      'm.yaml:1:13: apiVersion must be runtime.wasmcloud.dev/v1alpha1 for a Workload, not "runtime.wasmcloud.dev/v1beta1"',
    ],
    [
      WORKLOAD.replace("wasmcloud.dev", "wasmclod.dev"),
      'm.yaml:1:13: apiVersion must be runtime.wasmcloud.dev/v1alpha1 for a Workload, not "runtime.wasmclod.dev/v1alpha1"',
    ],
    [
      WORKLOAD.replace("runtime.wasmcloud.dev/v1alpha1", "v1"),
      'm.yaml:1:13: apiVersion must be runtime.wasmcloud.dev/v1alpha1 for a Workload, not "v1"',
    ],
    [
      WORKLOAD.replace("kind: Workload", "kind: Worklaod"),
      'm.yaml:2:7: kind "Worklaod" is unknown (did you mean "Workload"?)',
    ],
  ];
  for (const [text, ...problems] of cases) {
    it(`refuses ${JSON.stringify(text.split("\n").slice(0, 2).join(" "))}`, async () => {
      await check(text, ...problems);
    });
  }
});
