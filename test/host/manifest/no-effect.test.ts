import { describe, it } from "mocha";
import { checkNotices, component, service, workload } from "./check.ts";

describe("noteFieldsWithoutEffect", () => {
  it("tells of fields that only steer a cluster, in both positions of `kubernetes`", async () => {
    await checkNotices(
      [
        "apiVersion: runtime.wasmcloud.dev/v1alpha1",
        "kind: WorkloadDeployment",
        "metadata: { name: leet, uid: 4b1d }",
        "spec:",
        "  deployPolicy: Recreate",
        "  kubernetes: { service: { name: leet } }",
        "  template:",
        "    spec:",
        "      hostSelector: { hostgroup: default }",
        "      hostId: a",
        "      environment: b",
        "      kubernetes: { service: { name: leet } }",
        "      service: { image: s.wasm, imagePullPolicy: Always, imagePullSecret: { name: x } }",
        "status: { replicas: {} }",
      ].join("\n"),
      "m.yaml:3:25: metadata.uid has no effect on a single host",
      "m.yaml:5:3: spec.deployPolicy has no effect on a single host",
      "m.yaml:6:3: spec.kubernetes has no effect on a single host",
      "m.yaml:9:7: spec.template.spec.hostSelector has no effect on a single host",
      "m.yaml:10:7: spec.template.spec.hostId has no effect on a single host",
      "m.yaml:11:7: spec.template.spec.environment has no effect on a single host",
      "m.yaml:12:7: spec.template.spec.kubernetes has no effect on a single host",
      "m.yaml:13:33: spec.template.spec.service.imagePullPolicy has no effect on a single host",
      "m.yaml:13:58: spec.template.spec.service.imagePullSecret has no effect on a single host",
      "m.yaml:14:1: status has no effect on a single host",
    );
  });

  it("says nothing of the empty fields that tools write", async () => {
    const text = workload("service: { image: s.wasm }")
      .replace("{ name: leet }", "{ name: leet, creationTimestamp: null }")
      .concat("\nstatus: {}");
    await checkNotices(text);
  });

  it("tells of settings that need another one", async () => {
    await checkNotices(
      service("restart: { policy: always }"),
      "m.yaml:7:5: spec.service.restart has no effect while maxRestarts is 0",
    );
    await checkNotices(service("restart: { policy: always }\nmaxRestarts: 1"));
    await checkNotices(
      component("maxInvocations: 5"),
      "m.yaml:8:7: spec.components[0].maxInvocations has no effect without poolSize: each call has an instance of its own",
    );
    await checkNotices(component("maxInvocations: 5\npoolSize: 1"));
  });
});
