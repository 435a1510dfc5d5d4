import assert from "node:assert/strict";
import { mkdir, mkdtempDisposable, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "mocha";
import { check, load, loadIn, loadOne, workload } from "./check.ts";

const SERVICE = "service: { image: s.wasm }";

describe("loadManifests", () => {
  it("fills in every default", async () => {
    const loaded = await loadOne(
      workload("service: { image: s.wasm }\ncomponents: [{ name: c, image: c.wasm }]"),
    );
    const { service, components, ...rest } = loaded;
    assert.deepEqual(rest, {
      namespace: "default",
      name: "leet",
      labels: {},
      annotations: {},
      replicas: 1,
      http: undefined,
      terminationGracePeriod: 10_000,
      volumes: [],
      tunnels: [],
      location: { file: "m.yaml", line: 3, column: 19 },
    });
    const limits = {
      memory: 268_435_456,
      hang: 5000,
      sockets: 256,
      listeners: 64,
      bufferedBytes: 16_777_216,
      heap: 268_435_456,
      logRate: 1000,
    };
    assert.deepEqual(service, {
      image: service?.image,
      environment: {},
      limits,
      mounts: [],
      policy: service?.policy,
      readiness: { timeout: 10_000, port: undefined, http: undefined },
      ports: [],
      location: { file: "m.yaml", line: 5, column: 21 },
      args: [],
      maxRestarts: 0,
      restart: {
        policy: "on-failure",
        backoff: { initial: 100, max: 10_000 },
        healthyAfter: 60_000,
      },
    });
    assert.deepEqual(components, [
      {
        image: components[0]?.image,
        environment: {},
        limits,
        mounts: [],
        policy: components[0]?.policy,
        location: { file: "m.yaml", line: 6, column: 34 },
        name: "c",
        poolSize: 0,
        maxInvocations: 0,
        timeout: 30_000,
      },
    ]);
  });

  it("prints five located errors for a manifest with five different mistakes", async () => {
    const text = workload(
      [
        "service:",
        "  image: ./lost.wasm",
        "  port: 7777",
        "  maxRestarts: many",
        "  restart: { backoff: { initial: 5 seconds } }",
        "components:",
        "  - image: c.wasm",
      ].join("\n"),
    );
    const { codes } = await check(
      text,
      "m.yaml:6:12: spec.service.image: ./lost.wasm does not exist (looked for in .)",
      'm.yaml:7:5: spec.service.port is unknown (did you mean "ports"?)',
      "m.yaml:8:18: spec.service.maxRestarts must be a whole number, not text",
      'm.yaml:9:36: spec.service.restart.backoff.initial must be a duration such as 100ms, 5s, 2m or 1h, not "5 seconds"',
      "m.yaml:11:7: spec.components[0].name is missing",
    );
    assert.deepEqual(codes, [
      "unresolved",
      "unknown-key",
      "wrong-type",
      "bad-value",
      "missing-key",
    ]);
  });

  it("returns nothing where one of several files has an error, and tells of all of them", async () => {
    await check(
      { "a.yaml": workload(SERVICE, "a"), "b.yaml": workload("egres: 1"), "c.yaml": ": [" },
      "b.yaml:4:1: spec must have a service or components",
      'b.yaml:5:3: spec.egres is unknown (did you mean "egress"?)',
      "c.yaml:1:4: Flow sequence in block collection must be sufficiently indented and end with a ]",
    );
  });

  it("reads the YAML and JSON files of a directory by name, and nothing else of it", async () => {
    const files = {
      "d/b.yaml": workload(SERVICE.replace("s.", "../s."), "b"),
      "d/a.yml": workload(SERVICE.replace("s.", "../s."), "a"),
      "d/c.json": JSON.stringify({
        apiVersion: "runtime.wasmcloud.dev/v1alpha1",
        kind: "Workload",
        metadata: { name: "c" },
        spec: { service: { image: "../s.wasm" } },
      }),
      "d/x.schema.json": "{}",
      "d/.hidden.yaml": "][",
      "d/readme.md": "][",
      "d/inside/x.yaml": "][",
      "d/directory.yaml/x": "][",
    };
    const { workloads, problems } = await load(files, ["d"]);
    assert.deepEqual(problems, []);
    assert.deepEqual(
      workloads.map(({ name, location }) => `${name} ${location.file}`),
      ["a d/a.yml", "b d/b.yaml", "c d/c.json"],
    );
  });

  it("reads a file that is named twice once", async () => {
    const { workloads } = await load(workload(SERVICE), ["m.yaml", "./m.yaml", "."]);
    assert.equal(workloads.length, 1);
  });

  it("tells of missing files, empty directories and files that are not text", async () => {
    const { problems, codes } = await load(
      { "d/readme.md": "", "latin.yaml": Uint8Array.of(0x61, 0x3a, 0x20, 0xe9) },
      ["lost.yaml", "d", "latin.yaml"],
    );
    assert.deepEqual(problems, [
      "lost.yaml:1:1: The file or directory does not exist",
      "d:1:1: The directory holds no manifest (*.yaml, *.yml or *.json)",
      "latin.yaml:1:1: The file is not UTF-8 text",
    ]);
    assert.deepEqual(codes, ["unreadable", "unreadable", "unreadable"]);
  });

  it("tells of a link that leads nowhere", async () => {
    await using directory = await mkdtempDisposable(join(tmpdir(), "islet-manifest-"));
    await mkdir(join(directory.path, "d"));
    await symlink("nowhere", join(directory.path, "d", "a.yaml"));
    const { problems } = await loadIn(directory.path, ["d"]);
    assert.deepEqual(problems, ["d/a.yaml:1:1: The file does not exist"]);
  });

  it("reads a manifest of a mebibyte and refuses one that is a byte larger", async () => {
    const text = `${workload(SERVICE)}\n#`;
    await check(text.padEnd(2 ** 20, "x"));
    await check(text.padEnd(2 ** 20 + 1, "x"), "m.yaml:1:1: The file is larger than 1048576 bytes");
  });

  it("does not read a device for ever", async () => {
    const { problems } = await loadIn("/", ["/dev/zero"]);
    assert.deepEqual(problems, ["dev/zero:1:1: The file is larger than 1048576 bytes"]);
  });

  it("finds images relative to their manifest, wherever it is called from", async () => {
    await using directory = await mkdtempDisposable(join(tmpdir(), "islet-manifest-"));
    await mkdir(join(directory.path, "d"));
    await writeFile(join(directory.path, "d", "s.wasm"), "");
    await writeFile(join(directory.path, "d", "m.yaml"), workload(SERVICE));
    const { workloads } = await loadIn("/", [join(directory.path, "d", "m.yaml")]);
    assert.equal(workloads[0]?.service?.image, join(directory.path, "d", "s.wasm"));
  });

  it("refuses a second workload of the same namespace and name, whatever its kind", async () => {
    const other = workload(SERVICE).replace("{ name: leet }", "{ name: leet, namespace: other }");
    const deployment = [
      "apiVersion: runtime.wasmcloud.dev/v1alpha1",
      "kind: WorkloadDeployment",
      "metadata: { name: leet }",
      "spec: { template: { spec: { service: { image: s.wasm } } } }",
    ].join("\n");
    await check({ "a.yaml": workload(SERVICE), "b.yaml": other });
    await check(
      { "a.yaml": workload(SERVICE), "b.yaml": deployment },
      "b.yaml:3:19: metadata.name: Workload default/leet is declared already, at a.yaml:3:19",
    );
  });

  it("refuses a host that leads to another workload already", async () => {
    await check(
      {
        "a.yaml": withRoute(
          "a",
          "host: one.localhost, host-aliases: 'both.localhost,ONE.localhost'",
        ),
        "b.yaml": withRoute("b", "host: Both.localhost"),
      },
      "b.yaml:7:89: spec.hostInterfaces[0].config.host: both.localhost leads to default/a already, at a.yaml:7:118",
    );
  });
});

/** A workload with a route whose config, on line 7, is `config`. */
function withRoute(name: string, config: string): string {
  return workload(
    [
      "components: [{ name: c, image: c.wasm }]",
      "hostInterfaces:",
      `  - { namespace: wasi, package: http, interfaces: [incoming-handler], config: { ${config} } }`,
    ].join("\n"),
    name,
  );
}
