import assert from "node:assert/strict";
import { mkdtempDisposable, readdir, stat, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, it } from "mocha";
import { writeCellProgram } from "../../../host/workload/cell-bundler.ts";
import { bundleCellProgram, CELL_FOLDERS } from "../../../host/workload/cell-program.ts";

const ROOT = fileURLToPath(new URL("../../..", import.meta.url));

describe("bundleCellProgram", function () {
  this.timeout(60_000);

  it("is made of the folders whose changes are noticed, and of packages", async () => {
    await using directory = await mkdtempDisposable(join(tmpdir(), "islet-cell-"));
    const modules = await writeCellProgram(join(directory.path, "bundle"));
    const strangers = modules
      .map((path) => relative(ROOT, path))
      .filter((path) => !path.startsWith("node_modules/") && !path.startsWith("\0"))
      .filter((path) => !CELL_FOLDERS.some((folder) => path.startsWith(`${folder}/`)));
    assert.deepEqual(strangers, []);
    assert(modules.some((path) => path.endsWith("cell-runtime.ts")));
  });

  it("is made once", async () => {
    await using directory = await mkdtempDisposable(join(tmpdir(), "islet-cell-"));
    const program = await bundleCellProgram(directory.path);
    const { mtimeMs } = await stat(program);
    assert.deepEqual(await bundleCellProgram(directory.path), program);
    assert.equal((await stat(program)).mtimeMs, mtimeMs);
  });

  it("is made again where it was damaged", async () => {
    await using directory = await mkdtempDisposable(join(tmpdir(), "islet-cell-"));
    const program = await bundleCellProgram(directory.path);
    const { size } = await stat(program);
    await truncate(program, 1000);
    await bundleCellProgram(directory.path);
    assert.equal((await stat(program)).size, size);
  });

  it("is made by two hosts at once", async () => {
    await using directory = await mkdtempDisposable(join(tmpdir(), "islet-cell-"));
    const programs = await Promise.all([1, 2, 3].map(() => bundleCellProgram(directory.path)));
    assert.equal(new Set(programs.map(String)).size, 1);
    assert.equal((await readdir(join(directory.path, "cell"))).length, 1);
  });

  it("fails where nothing can be written", async () => {
    await using directory = await mkdtempDisposable(join(tmpdir(), "islet-cell-"));
    const file = join(directory.path, "file");
    await writeFile(file, "");
    await assert.rejects(bundleCellProgram(file), { code: "ENOTDIR" });
  });
});
