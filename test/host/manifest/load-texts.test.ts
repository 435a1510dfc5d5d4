import assert from "node:assert/strict";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, it } from "mocha";
import { ManifestError } from "../../../host/manifest/error.ts";
import {
  loadManifests,
  loadManifestTexts,
  readManifestTexts,
} from "../../../host/manifest/load.ts";
import { workload } from "./check.ts";

describe("loadManifestTexts", () => {
  let directory: string;

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), "islet-texts-"));
    await mkdir(join(directory, "a"));
    await writeFile(join(directory, "a", "s.wasm"), "");
  });
  afterEach(() => rm(directory, { recursive: true, force: true }));

  it("gives what loadManifests gives for the same files, but for the names of places", async () => {
    const path = join(directory, "a", "m.yaml");
    await writeFile(path, workload("service: { image: s.wasm }"));
    const texts = await readManifestTexts(["a"], directory);
    assert.deepEqual(texts, [{ name: path, text: workload("service: { image: s.wasm }") }]);
    const { workloads } = await loadManifestTexts(texts);
    const fromFiles = await loadManifests(["a"], { cwd: directory });
    assert.equal(workloads[0]?.service?.image, join(directory, "a", "s.wasm"));
    const local = JSON.stringify(fromFiles.workloads).replaceAll('"a/m.yaml', `"${path}`);
    assert.equal(JSON.stringify(workloads), local);
  });

  it("finds references from one text to another, and no file that was not given", async () => {
    const env =
      "service: { image: s.wasm, localResources: { environment: { configFrom: [{ name: c }] } } }";
    const config = "apiVersion: v1\nkind: ConfigMap\nmetadata: { name: c }\ndata: { K: v }";
    await writeFile(join(directory, "a", "c.yaml"), config);
    const one = { name: join(directory, "a", "m.yaml"), text: workload(env) };
    const { workloads } = await loadManifestTexts([one, { name: "/elsewhere.yaml", text: config }]);
    assert.deepEqual(workloads[0]?.service?.environment, { K: "v" });
    await assert.rejects(
      loadManifestTexts([one]),
      /the ConfigMap "c" .* is not in the given files/,
    );
  });

  it("tells all mistakes with absolute paths", async () => {
    const texts = [
      { name: join(directory, "a", "m.yaml"), text: workload("service: { image: no.wasm }") },
      { name: join(directory, "b.yaml"), text: "a: [" },
    ];
    await assert.rejects(loadManifestTexts(texts), (error) => {
      assert.ok(error instanceof ManifestError);
      assert.deepEqual(
        error.problems.map(({ location }) => location.file),
        texts.map(({ name }) => name),
      );
      assert.match(error.message, /no\.wasm does not exist \(looked for in \//);
      return true;
    });
    const unchecked = await loadManifestTexts(texts.slice(0, 1), { images: false });
    assert.equal(unchecked.workloads.length, 1);
  });

  it("gives nothing for nothing", async () => {
    assert.deepEqual(await loadManifestTexts([]), { workloads: [], notices: [] });
  });

  it("reads no texts where one file cannot be read", async () => {
    await writeFile(join(directory, "a", "m.yaml"), "");
    await assert.rejects(
      readManifestTexts(["a/m.yaml", "none.yaml"], directory),
      /^ManifestError: none\.yaml:1:1: The file or directory does not exist$/,
    );
  });
});
