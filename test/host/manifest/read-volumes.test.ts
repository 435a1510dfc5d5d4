import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { check, load, loadOne, service, workload } from "./check.ts";

const MOUNT = "localResources: { volumeMounts: [{ name: v, mountPath: /v }] }";

describe("volumes", () => {
  it("are read with their limits and directories", async () => {
    const { volumes } = await loadOne({
      "m.yaml": workload(
        [
          "service: { image: s.wasm }",
          "volumes:",
          "  - { name: a, ephemeral: {} }",
          "  - { name: b, ephemeral: { sizeLimit: 1Mi } }",
          "  - { name: c, emptyDir: { sizeLimit: 4Ki } }",
          "  - { name: d, hostPath: { path: ./files/ } }",
          "  - { name: e, hostPath: { path: / } }",
        ].join("\n"),
      ),
      "files/a": "",
    });
    const [a, b, c, d, e] = volumes;
    assert.deepEqual(a, { tag: "ephemeral", name: "a", sizeLimit: undefined });
    assert.deepEqual(b, { tag: "ephemeral", name: "b", sizeLimit: 1_048_576 });
    assert.deepEqual(c, { tag: "ephemeral", name: "c", sizeLimit: 4096 });
    assert.ok(d?.tag === "host-path");
    assert.match(d.path, /^\/.*islet-manifest-.*\/files$/);
    assert.deepEqual(e, { tag: "host-path", name: "e", path: "/" });
  });

  it("are none by default", async () => {
    const { volumes, service } = await loadOne(workload("service: { image: s.wasm }"));
    assert.deepEqual(volumes, []);
    assert.deepEqual(service?.mounts, []);
  });

  it("are of one kind", async () => {
    await check(
      workload(
        "service: { image: s.wasm }\nvolumes: [{ name: v }, { name: w, ephemeral: {}, hostPath: { path: . } }]",
      ),
      "m.yaml:6:13: spec.volumes[0] must say what it is: ephemeral, emptyDir or hostPath",
      "m.yaml:6:52: spec.volumes[1].hostPath: the volume is ephemeral already, and can be one only",
    );
  });

  it("are directories that exist", async () => {
    const { problems } = await load({
      "m.yaml": workload(
        "service: { image: s.wasm }\nvolumes: [{ name: v, hostPath: { path: ./lost } }, { name: w, hostPath: { path: s.wasm } }]",
      ),
    });
    assert.match(
      problems.join("\n"),
      /^m\.yaml:6:42: spec\.volumes\[0\]\.hostPath\.path: \/.*\/lost does not exist\nm\.yaml:6:83: spec\.volumes\[1\]\.hostPath\.path: \/.*\/s\.wasm is not a directory$/,
    );
  });

  it("have limits that are sizes", async () => {
    await check(
      workload(
        "service: { image: s.wasm }\nvolumes: [{ name: v, ephemeral: { sizeLimit: 1Ki } }, { name: w, ephemeral: { sizeLimit: 9999999999Gi } }]",
      ),
      "m.yaml:6:48: spec.volumes[0].ephemeral.sizeLimit must be at least 4Ki, not 1Ki",
      "m.yaml:6:92: spec.volumes[1].ephemeral.sizeLimit must be at most 1048576Gi, not 9999999999Gi",
    );
  });
});

describe("volumeMounts", () => {
  it("are read, each path in one way", async () => {
    const { service: read } = await loadOne(
      workload(
        [
          "volumes: [{ name: v, ephemeral: {} }]",
          "service:",
          "  image: s.wasm",
          "  localResources:",
          "    volumeMounts:",
          "      - { name: v, mountPath: /a//b/./c/ }",
          "      - { name: v, mountPath: /, readOnly: true }",
          "      - { name: v, mountPath: data }",
        ].join("\n"),
      ),
    );
    assert.deepEqual(read?.mounts, [
      { name: "v", path: "/a/b/c", readOnly: false },
      { name: "v", path: "/", readOnly: true },
      { name: "v", path: "data", readOnly: false },
    ]);
  });

  it("name volumes of their workload", async () => {
    await check(
      service(MOUNT),
      'm.yaml:7:46: spec.service.localResources.volumeMounts[0].name: spec.volumes has no entry "v"',
    );
  });

  it("have paths of their own, without a way out", async () => {
    await check(
      workload(
        [
          "volumes: [{ name: v, ephemeral: {} }]",
          "service:",
          "  image: s.wasm",
          "  localResources:",
          "    volumeMounts:",
          "      - { name: v, mountPath: /a }",
          "      - { name: v, mountPath: /a/ }",
          "      - { name: v, mountPath: /a/../b }",
          '      - { name: v, mountPath: "/a\\0" }',
        ].join("\n"),
      ),
      "m.yaml:11:33: spec.service.localResources.volumeMounts[1].mountPath: /a is where spec.service.localResources.volumeMounts[0] is mounted already",
      'm.yaml:12:33: spec.service.localResources.volumeMounts[2].mountPath must not contain ".."',
      "m.yaml:13:33: spec.service.localResources.volumeMounts[3].mountPath must not contain a NUL",
    );
  });
});
