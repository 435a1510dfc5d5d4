import assert from "node:assert/strict";
import { mkdir, mkdtempDisposable, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, it } from "mocha";
import { type DevProject, openDevProject } from "../../../host/cli/dev-project.ts";
import type { Workload } from "../../../host/manifest/workload.ts";

const WORLDS = `package shop:guests;
world shop-service { export wasi:cli/run@0.2.12; }
world api { export wasi:http/incoming-handler@0.2.12; }
`;

describe("openDevProject", () => {
  let temporary: AsyncDisposable & { readonly path: string };
  let root: string;

  beforeEach(async () => {
    temporary = await mkdtempDisposable(join(tmpdir(), "islet-project-"));
    root = join(temporary.path, "My Shop");
    await mkdir(root);
  });
  afterEach(() => temporary[Symbol.asyncDispose]());

  async function write(files: Readonly<Record<string, string>>): Promise<void> {
    for (const [path, text] of Object.entries(files)) {
      await mkdir(join(root, path, ".."), { recursive: true });
      await writeFile(join(root, path), text);
    }
  }

  function open(files: readonly string[] = []): Promise<DevProject> {
    return openDevProject(root, { files, environment: {}, output: () => {} });
  }

  it("runs the guests of a project without a manifest together", async () => {
    await write({ "wit/world.wit": WORLDS, "src/shop-service.ts": "", "src/api.ts": "" });
    const project = await open();
    const [workload] = await workloads(project);
    assert.equal(workload?.name, "my-shop");
    assert.equal(workload?.service?.image, join(root, "dist/shop-service.wasm"));
    assert.deepEqual(
      workload?.components.map(({ name, image }) => [name, image]),
      [["api", join(root, "dist/api.wasm")]],
    );
    assert.deepEqual(workload?.http?.hosts, ["localhost"]);
    assert.deepEqual(project.manifests, []);
    assert.ok(project.sources.paths.includes(join(root, "src")));
  });

  it("does not guess which of two services is meant", async () => {
    const worlds = WORLDS.replace("incoming-handler", "types").replace(
      "wasi:http/types",
      "wasi:cli/run",
    );
    await write({ "wit/world.wit": worlds, "src/shop-service.ts": "", "src/api.ts": "" });
    await assert.rejects(workloads(await open()), /shop-service and api export wasi:cli\/run/);
  });

  it("runs the manifests that are in the project, and takes no other file for one", async () => {
    await write({
      "wit/world.wit": WORLDS,
      "src/api.ts": "",
      "package.json": "{}",
      "tsconfig.json": "{}",
      "manifests/other.yaml": "a: b",
      "manifests/shop.yaml": manifest("shop"),
    });
    const project = await open();
    assert.deepEqual(project.manifests, [join(root, "manifests/shop.yaml")]);
    assert.deepEqual(
      (await workloads(project)).map(({ name }) => name),
      ["shop"],
    );
  });

  it("runs the manifests that are named, wherever they are", async () => {
    await write({ "wit/world.wit": WORLDS, "src/api.ts": "", "shop.yaml": manifest("shop") });
    const named = join(temporary.path, "named.yaml");
    await writeFile(named, manifest("named"));
    const project = await open([named]);
    assert.deepEqual(project.manifests, [named]);
    assert.deepEqual(
      (await workloads(project)).map(({ name }) => name),
      ["named"],
    );
  });

  it("runs what the configuration of wash describes", async () => {
    await write({
      ".wash/config.yaml": "dev: { address: 127.0.0.1:9001, component_path: a.wasm }",
    });
    const project = await open();
    assert.equal(project.address, "127.0.0.1:9001");
    assert.equal((await workloads(project))[0]?.components[0]?.image, join(root, "a.wasm"));
    assert.ok(project.sources.paths.includes(join(root, ".wash/config.yaml")));
  });

  it("runs the manifests of a project that wash builds", async () => {
    await write({ ".wash/config.yaml": "build: { command: make }", "shop.yaml": manifest("shop") });
    assert.equal((await workloads(await open()))[0]?.name, "shop");
  });

  it("refuses a directory that is no project, and one that is not there", async () => {
    await assert.rejects(open(), { name: "UsageError" });
    await write({ "wit/world.wit": WORLDS });
    await assert.rejects(open(), { name: "UsageError" });
    root = join(root, "nowhere");
    await assert.rejects(open(), { name: "UsageError" });
  });
});

function manifest(name: string): string {
  return `apiVersion: runtime.wasmcloud.dev/v1alpha1
kind: Workload
metadata: { name: ${name} }
spec: { components: [{ name: api, image: ./dist/api.wasm }] }
`;
}

async function workloads(project: DevProject): Promise<readonly Workload[]> {
  return (await project.load({ images: false })).workloads;
}
