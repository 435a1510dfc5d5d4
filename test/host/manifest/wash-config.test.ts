import assert from "node:assert/strict";
import { chmod, mkdir, mkdtempDisposable, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, it } from "mocha";
import { ManifestError } from "../../../host/manifest/error.ts";
import {
  findWashConfig,
  loadWashConfig,
  type WashProject,
} from "../../../host/manifest/wash-config.ts";

describe("loadWashConfig", () => {
  let temporary: AsyncDisposable & { readonly path: string };
  let root: string;

  beforeEach(async () => {
    temporary = await mkdtempDisposable(join(tmpdir(), "islet-wash-"));
    root = join(temporary.path, "shop");
    await mkdir(join(root, ".wash"), { recursive: true });
  });
  afterEach(() => temporary[Symbol.asyncDispose]());

  async function load(text: string, name = "config.yaml"): Promise<WashProject> {
    const path = join(root, ".wash", name);
    await writeFile(path, text);
    return await loadWashConfig(root, path, {
      cwd: root,
      images: false,
      environment: { FROM_SHELL: "shell" },
    });
  }

  async function problems(text: string): Promise<string[]> {
    try {
      await load(text);
    } catch (error) {
      if (error instanceof ManifestError) return error.message.split("\n");
      throw error;
    }
    return [];
  }

  async function notices(text: string): Promise<string[]> {
    const found = (await load(text)).notices;
    return found.map(({ location, message }) => `${location.line}:${location.column}: ${message}`);
  }

  it("reads the configuration of wasmCloud's template service-tcp", async () => {
    const project = await load(`version: 2.0.0-rc.7

build:
  command: cargo build --workspace --target wasm32-wasip2 --release
  component_path: target/wasm32-wasip2/release/http_api.wasm

dev:
  service_file: target/wasm32-wasip2/release/service-leet.wasm

new:
  command: cargo fetch
`);
    const release = join(root, "target/wasm32-wasip2/release");
    assert.deepEqual(project.build, {
      command: "cargo build --workspace --target wasm32-wasip2 --release",
      environment: {},
      componentPath: join(release, "http_api.wasm"),
    });
    const [workload] = project.workloads;
    assert.equal(`${workload?.namespace}/${workload?.name}`, "default/dev");
    assert.equal(workload?.service?.image, join(release, "service-leet.wasm"));
    assert.equal(workload?.service?.maxRestarts, 0);
    const [component] = workload?.components ?? [];
    assert.equal(component?.name, "http_api");
    assert.equal(component?.image, join(release, "http_api.wasm"));
    assert.equal(component?.poolSize, 0);
    assert.equal(component?.policy.allowedHosts, undefined);
    assert.deepEqual(workload?.http?.hosts, ["localhost"]);
    assert.deepEqual(project.notices, []);
    assert.equal(project.address, undefined);
  });

  it("takes the name of the directory for the component, and needs no build", async () => {
    const { build, workloads } = await load("version: 1.0.0");
    assert.equal(build, undefined);
    assert.equal(workloads[0]?.components[0]?.image, join(root, "shop.wasm"));
  });

  it("prefers what dev says over what build says", async () => {
    const { build, address } = await load(`
build: { command: release, component_path: release.wasm, env: { A: b } }
dev: { command: debug, component_path: debug.wasm, address: "127.0.0.1:9000" }`);
    assert.deepEqual(build, {
      command: "debug",
      environment: { A: "b" },
      componentPath: join(root, "debug.wasm"),
    });
    assert.equal(address, "127.0.0.1:9000");
  });

  it("makes the component the service, which then has no route", async () => {
    const { workloads } = await load("dev: { service: true, component_path: /x/s.wasm }");
    assert.equal(workloads[0]?.service?.image, "/x/s.wasm");
    assert.deepEqual(workloads[0]?.components, []);
    assert.equal(workloads[0]?.http, undefined);
  });

  it("merges what components say with what the workload says", async () => {
    const { workloads } = await load(`
workload:
  environment: { config: { A: workload, B: workload } }
  allowedHosts: [example.com]
  allowedIpNameLookups: [example.com]
dev:
  service_file: s.wasm
  components:
    - name: side
      file: side.wasm
      poolSize: 3
      maxInvocations: 9
      environment: { config: { B: side, C: side } }
      allowedHosts: []`);
    const [workload] = workloads;
    const [main, side] = workload?.components ?? [];
    assert.deepEqual(main?.environment, { A: "workload", B: "workload" });
    assert.deepEqual(workload?.service?.environment, { A: "workload", B: "workload" });
    assert.deepEqual(side?.environment, { A: "workload", B: "side", C: "side" });
    assert.equal(side?.image, join(root, "side.wasm"));
    assert.deepEqual([side?.poolSize, side?.maxInvocations], [3, 9]);
    assert.equal(main?.policy.allowedHosts?.length, 1);
    assert.deepEqual(side?.policy.allowedHosts, []);
    assert.equal(side?.policy.allowedNames.length, 1);
  });

  it("reads values from files, directories and the shell, the later winning", async () => {
    await writeFile(join(root, "values.env"), "A=file\nB=file\n# no\nQUOTED='a b'\n");
    await mkdir(join(root, "values"));
    await writeFile(join(root, "values/B"), "dir");
    await writeFile(join(root, "values/.hidden"), "no");
    await writeFile(join(root, "secret.env"), "S=secret\n", { mode: 0o600 });
    const { workloads, files } = await load(`
configs:
  values: { inline: { A: inline, I: inline }, file: values.env, dir: values, fromEnv: [FROM_SHELL] }
secrets: { keys: { file: secret.env, inline: { I: secret } } }
workload: { environment: { config: { A: here, H: here }, configFrom: [values], secretFrom: [keys] } }`);
    assert.deepEqual(workloads[0]?.components[0]?.environment, {
      A: "file",
      B: "dir",
      FROM_SHELL: "shell",
      H: "here",
      I: "secret",
      QUOTED: "a b",
      S: "secret",
    });
    assert.deepEqual(
      files.slice(1),
      ["values.env", "values", "secret.env"].map((file) => join(root, file)),
    );
  });

  it("routes all requests to its components, and asks for no host of an interface of its own", async () => {
    const { workloads } = await load(`
dev:
  host_interfaces:
    - { namespace: wasi, package: http, interfaces: [incoming-handler] }`);
    assert.deepEqual(workloads[0]?.http?.hosts, ["localhost"]);
  });

  it("tells all mistakes where they are written, in the words of the configuration", async () => {
    assert.deepEqual(
      await problems(`build:
  command: 7
dev:
  volumes: [{ host_path: x }]
  components: text
`),
      [
        ".wash/config.yaml:2:12: build.command must be text, not 7 (put it in quotes)",
        ".wash/config.yaml:4:13: dev.volumes[0].guest_path is missing",
        ".wash/config.yaml:5:15: dev.components must be a list, not text",
      ],
    );
    assert.deepEqual(
      await problems(`workload:
  allowedHosts: ["ok.example.com", "not a host"]
  config: { key: value }
dev:
  components: [{ name: side, file: a.wasm, maxConcurrency: 5 }]
`).then((lines) => lines.map((line) => line.slice(0, 70))),
      [
        ".wash/config.yaml:2:36: workload.allowedHosts[1] must be *, HOST[:PORT",
        ".wash/config.yaml:3:3: workload.config is not supported by this versio",
        ".wash/config.yaml:5:44: dev.components[0].maxConcurrency must be 1: an",
      ],
    );
  });

  it("refuses what it has not and a person would rely on", async () => {
    const lines = await problems(`dev:
  tls_cert_path: cert.pem
  host_plugins: [{ id: x, file: x.wasm }]
  service_image: ghcr.io/acme/leet:1
  components: [{ name: a }, { name: b, image: ghcr.io/acme/b:1 }, { name: c, image: x, file: y }]
`);
    assert.deepEqual(
      lines.map((line) => line.replace(/^\.wash\/config\.yaml:/, "").slice(0, 55)),
      [
        "2:3: dev.tls_cert_path is not supported: certificates a",
        "3:3: dev.host_plugins is not supported: this host loads",
        "5:16: dev.components[0].file is missing",
        "5:78: dev.components[2].image and dev.components[2].fil",
      ],
    );
    const [image] = await problems("dev: { service_image: ghcr.io/acme/leet:1 }");
    assert.match(image ?? "", /:1:\d+: dev\.service_image is an OCI reference/);
  });

  it("tells of what has no effect, and of unknown keys, which wash ignores", async () => {
    assert.deepEqual(
      await notices(`dev:
  servce_file: x.wasm
  wasi_keyvalue_path: /tmp/kv
  max_connections: 5
  wasi_otel: false
  wasm_proposals: []
`),
      [
        '2:3: dev.servce_file is unknown (did you mean "service_file"?): it is ignored',
        "3:3: dev.wasi_keyvalue_path has no effect: it is for interfaces that this host does not provide",
        "4:3: dev.max_connections has no effect: limits of a workload are localResources.limits in a manifest",
      ],
    );
  });

  it("tells of values that are not there, and of secrets that others can read, but not what they are", async () => {
    await writeFile(join(root, "open.env"), "PASSWORD=hunter2\n");
    await chmod(join(root, "open.env"), 0o644);
    const lines = await problems(`configs:
  values: { file: none.env, fromEnv: [NOT_SET] }
  out: { file: ../../outside.env }
secrets: { keys: { file: open.env } }
workload: { environment: { configFrom: [values, valeus, out], secretFrom: [keys] } }
`);
    assert.deepEqual(lines, [
      ".wash/config.yaml:2:19: configs.values.file: none.env does not exist",
      ".wash/config.yaml:2:39: configs.values.fromEnv[0]: NOT_SET is not set",
      ".wash/config.yaml:3:16: configs.out.file: ../../outside.env does not exist",
      ".wash/config.yaml:4:26: secrets.keys.file: open.env holds secrets and may be read by others (chmod 600 it)",
      '.wash/config.yaml:5:49: workload.environment.configFrom[1]: configs has no entry "valeus" (did you mean "values"?)',
    ]);
  });

  it("keeps values within the project", async () => {
    await writeFile(join(temporary.path, "outside.env"), "A=b\n");
    const lines = await problems(`configs: { out: { file: ../outside.env } }
workload: { environment: { configFrom: [out] } }`);
    assert.deepEqual(lines, [
      ".wash/config.yaml:1:25: configs.out.file: ../outside.env is outside of the project",
    ]);
  });

  for (const [title, text] of [
    ["is empty", ""],
    ["is no map", "- a\n"],
    ["is two documents", "version: a\n---\nversion: b\n"],
    ["is no YAML", "a: [\n"],
    ["holds nothing but nulls", "dev: ~\nbuild: ~\n"],
  ] as const) {
    it(`refuses a file that ${title}`, async () => {
      assert.notDeepEqual(await problems(text), []);
    });
  }

  it("finds YAML and JSON, and says that it reads no TOML", async () => {
    assert.equal(await findWashConfig(root), undefined);
    await writeFile(join(root, ".wash/config.toml"), "");
    assert.equal(await findWashConfig(root), join(root, ".wash/config.toml"));
    await assert.rejects(load("", "config.toml"), /TOML is not read here/);
    const { build } = await load('{ "build": { "command": "make" } }', "config.json");
    assert.equal(build?.command, "make");
    assert.equal(await findWashConfig(root), join(root, ".wash/config.json"));
  });
});
