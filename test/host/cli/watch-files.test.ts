import assert from "node:assert/strict";
import {
  appendFile,
  mkdir,
  mkdtempDisposable,
  rename,
  rm,
  symlink,
  utimes,
  writeFile,
} from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { afterEach, beforeEach, describe, it } from "mocha";
import { FileWatch, type FileWatchOptions } from "../../../host/cli/watch-files.ts";

describe("FileWatch", function () {
  this.timeout(30_000);
  let stack: AsyncDisposableStack;
  let root: string;
  let changes: string[][];

  beforeEach(async () => {
    stack = new AsyncDisposableStack();
    const directory = stack.use(await mkdtempDisposable(join(tmpdir(), "islet-watch-")));
    root = directory.path;
    changes = [];
  });
  afterEach(() => stack.disposeAsync());

  async function start(
    paths: readonly string[],
    options: Omit<FileWatchOptions, "onChange"> = {},
  ): Promise<FileWatch> {
    const watch = stack.use(
      new FileWatch({
        ...options,
        onChange: (found) =>
          changes.push([...found].map((path) => path.slice(root.length + 1)).toSorted()),
      }),
    );
    await watch.watch(paths.map((path) => join(root, path)));
    return watch;
  }

  /** Waits for the next changes and takes them. */
  async function next(): Promise<string[]> {
    for (;;) {
      const found = changes.shift();
      if (found !== undefined) return found;
      await setTimeout(10);
    }
  }

  /** Changes a file that is watched as well, so that there is something to wait for where nothing is expected. */
  async function onlyMarker(): Promise<void> {
    await setTimeout(400);
    await writeFile(join(root, "marker"), String(Math.random()));
    assert.deepEqual(await next(), ["marker"]);
  }

  it("tells of a file that changed", async () => {
    await writeFile(join(root, "a"), "1");
    await start(["a"]);
    await writeFile(join(root, "a"), "2");
    assert.deepEqual(await next(), ["a"]);
    await writeFile(join(root, "a"), "3");
    assert.deepEqual(await next(), ["a"]);
  });

  it("tells of a file again and again that editors replace by renaming", async () => {
    await writeFile(join(root, "a"), "0");
    await start(["a"]);
    for (const text of ["1", "2", "3"]) {
      await writeFile(join(root, "a.new"), text);
      await rename(join(root, "a.new"), join(root, "a"));
      assert.deepEqual(await next(), ["a"]);
    }
  });

  it("tells of a file that goes and comes back, with its directory", async () => {
    await mkdir(join(root, "dist"));
    await writeFile(join(root, "dist/a"), "1");
    await start(["dist/a"]);
    await rm(join(root, "dist"), { recursive: true });
    assert.deepEqual(await next(), ["dist/a"]);
    await mkdir(join(root, "dist"));
    await writeFile(join(root, "dist/a"), "2");
    assert.deepEqual(await next(), ["dist/a"]);
  });

  it("tells of a file that is made after it began to be watched", async () => {
    await start(["new/a"]);
    await mkdir(join(root, "new"));
    await writeFile(join(root, "new/a"), "1");
    assert.deepEqual(await next(), ["new/a"]);
  });

  it("tells of what a symbolic link leads to", async () => {
    await writeFile(join(root, "real"), "1");
    await symlink(join(root, "real"), join(root, "link"));
    await start(["link"]);
    await writeFile(join(root, "real"), "2");
    assert.deepEqual(await next(), ["link"]);
  });

  it("comes to an end in directories with links that lead back into them", async () => {
    await mkdir(join(root, "src/deep"), { recursive: true });
    await writeFile(join(root, "src/a"), "1");
    for (const name of ["one", "two"]) await symlink(".", join(root, "src", name));
    for (const name of ["one", "two"]) await symlink("..", join(root, "src/deep", name));
    await start(["src"]);
    await writeFile(join(root, "src/a"), "2");
    while (!(await next()).includes("src/a"));
  });

  it("tells nothing of a file that is written with what it held, or only touched", async () => {
    await writeFile(join(root, "a"), "same");
    await writeFile(join(root, "marker"), "");
    await start(["a", "marker"]);
    await writeFile(join(root, "a"), "same");
    await utimes(join(root, "a"), new Date(), new Date());
    await onlyMarker();
  });

  it("waits until a file is written to its end", async () => {
    await writeFile(join(root, "a"), "");
    const watch = await start(["a"]);
    for (let index = 0; index < 12; index += 1) {
      await appendFile(join(root, "a"), "x".repeat(1_000));
      await setTimeout(20);
    }
    await next();
    const digest = watch.digest(join(root, "a"));
    await setTimeout(500);
    // On a machine that was busy for long, the beginning may have counted as the whole.
    assert.ok(changes.length > 0 || watch.digest(join(root, "a")) === digest);
  });

  it("tells of what changed in a moment together", async () => {
    await mkdir(join(root, "src"));
    await start(["src"]);
    await Promise.all(["a", "b", "c"].map((name) => writeFile(join(root, "src", name), name)));
    const found = await next();
    while (found.length < 3) found.push(...(await next()));
    assert.deepEqual(found, ["src/a", "src/b", "src/c"]);
  });

  it("looks into directories as deep as it is told, and leaves out what is ignored", async () => {
    await mkdir(join(root, "deep/er"), { recursive: true });
    await writeFile(join(root, "marker"), "");
    await start(["deep", "marker"], { depth: 0, isIgnored: (path) => path.endsWith(".log") });
    await writeFile(join(root, "deep/er/a"), "1");
    await writeFile(join(root, "deep/a.log"), "1");
    await onlyMarker();
    await writeFile(join(root, "deep/a"), "1");
    assert.deepEqual(await next(), ["deep/a"]);
  });

  it("finds new directories with what is in them", async () => {
    await start(["."]);
    await mkdir(join(root, "x/y/z"), { recursive: true });
    await writeFile(join(root, "x/y/z/a"), "1");
    assert.deepEqual(await next(), ["x/y/z/a"]);
  });

  it("watches other files when it is told to", async () => {
    for (const name of ["a", "b", "marker"]) await writeFile(join(root, name), "1");
    const watch = await start(["a", "marker"]);
    await watch.watch([join(root, "b"), join(root, "marker")]);
    await writeFile(join(root, "a"), "2");
    await onlyMarker();
    await writeFile(join(root, "b"), "2");
    assert.deepEqual(await next(), ["b"]);
    await watch.watch([join(root, "a"), join(root, "b")]);
    await writeFile(join(root, "a"), "3");
    assert.deepEqual(await next(), ["a"]);
  });

  it("tells of nothing once it is disposed", async () => {
    await writeFile(join(root, "a"), "1");
    const watch = await start(["a"]);
    await writeFile(join(root, "a"), "2");
    await watch[Symbol.asyncDispose]();
    const { length } = changes;
    await writeFile(join(root, "a"), "3");
    await setTimeout(400);
    assert.equal(changes.length, length);
  });
});
