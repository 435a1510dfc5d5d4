import assert from "node:assert/strict";
import {
  closeSync,
  constants,
  existsSync,
  mkdirSync,
  mkdtempDisposableSync,
  openSync,
  readdirSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "mocha";
import { removeTree } from "../../../host/workload/remove-tree.ts";

/** Makes directories inside each other, deeper than a path can say. */
function nest(path: string, depth: number): void {
  let fd = openSync(path, constants.O_RDONLY);
  for (let count = 0; count < depth; count += 1) {
    const name = `/proc/self/fd/${fd}/${"x".repeat(20)}`;
    mkdirSync(name);
    const next = openSync(name, constants.O_RDONLY);
    closeSync(fd);
    fd = next;
  }
  writeFileSync(`/proc/self/fd/${fd}/file`, "at the bottom");
  closeSync(fd);
}

describe("removeTree", () => {
  it("removes files, links and directories, and nothing that links lead to", async () => {
    using directory = mkdtempDisposableSync(join(tmpdir(), "islet-remove-"));
    const kept = join(directory.path, "kept");
    const tree = join(directory.path, "tree");
    mkdirSync(kept);
    writeFileSync(join(kept, "a"), "");
    mkdirSync(join(tree, "d/e/f"), { recursive: true });
    writeFileSync(join(tree, "d/e/g"), "");
    symlinkSync(kept, join(tree, "absolute"));
    symlinkSync("../../../kept", join(tree, "d/e/relative"));
    writeFileSync(Buffer.concat([Buffer.from(`${tree}/d/`), Buffer.from([0xff, 0x0a])]), "");
    await removeTree(tree);
    assert.equal(existsSync(tree), false);
    assert.deepEqual(readdirSync(kept), ["a"]);
  });

  it("removes what is nested deeper than paths and descriptors reach", async () => {
    using directory = mkdtempDisposableSync(join(tmpdir(), "islet-remove-"));
    const tree = join(directory.path, "tree");
    mkdirSync(tree);
    nest(tree, 1500);
    await removeTree(tree);
    assert.equal(existsSync(tree), false);
  });

  it("removes what others are removing at the same time", async () => {
    using directory = mkdtempDisposableSync(join(tmpdir(), "islet-remove-"));
    const tree = join(directory.path, "tree");
    for (let count = 0; count < 100; count += 1) {
      mkdirSync(join(tree, `d${count % 10}/e${count}/f`), { recursive: true });
      writeFileSync(join(tree, `d${count % 10}/e${count}/g`), "");
    }
    await Promise.all([removeTree(tree), removeTree(tree), removeTree(tree)]);
    assert.equal(existsSync(tree), false);
  });

  it("does nothing where there is nothing", async () => {
    using directory = mkdtempDisposableSync(join(tmpdir(), "islet-remove-"));
    await removeTree(join(directory.path, "none"));
  });

  it("removes no directory through a link in its place", async () => {
    using directory = mkdtempDisposableSync(join(tmpdir(), "islet-remove-"));
    const kept = join(directory.path, "kept");
    mkdirSync(kept);
    writeFileSync(join(kept, "a"), "");
    symlinkSync(kept, join(directory.path, "link"));
    await assert.rejects(removeTree(join(directory.path, "link")));
    assert.deepEqual(readdirSync(kept), ["a"]);
  });
});
