import assert from "node:assert/strict";
import { mkdir, mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, it } from "mocha";
import { readProject } from "../../../host/cli/build-project.ts";

describe("readProject", () => {
  let dir: string;

  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), "islet-project-"));
    await write(
      "wit/world.wit",
      `package a:b;
/// world in-comment {}
world second { } /* world in-block { } */
world %first{}
world no-source {}`,
    );
    await write("wit/deps/other.wit", "package a:other;\nworld elsewhere {}");
    for (const name of ["first", "second", "helper", "elsewhere", "in-comment", "in-block"]) {
      await write(`src/${name}.ts`, "export {};");
    }
    await mkdir(join(dir, "src", "no-source.ts"));
  });
  afterEach(() => rm(dir, { recursive: true, force: true }));

  async function write(path: string, text: string): Promise<void> {
    await mkdir(dirname(join(dir, path)), { recursive: true });
    await writeFile(join(dir, path), text);
  }

  it("finds the guests: files of sources that have a world of the project's own", async () => {
    assert.deepEqual((await readProject(dir)).guests, ["second", "first"]);
  });

  it("has the same digest as long as nothing changes, whatever is built", async () => {
    const { digest } = await readProject(dir);
    await write("dist/first.wasm", "made");
    await write("types/first.d.ts", "made");
    await write("README.md", "words");
    assert.equal((await readProject(dir)).digest, digest);
  });

  const changes: readonly [string, () => Promise<void>][] = [
    ["a source changes", () => write("src/first.ts", "export const a = 1;")],
    ["a source below a folder is added", () => write("src/lib/deep.ts", "")],
    ["a page changes", () => write("src/ui.html", "<p>")],
    ["a source is renamed", () => rename(join(dir, "src/helper.ts"), join(dir, "src/renamed.ts"))],
    ["a source is removed", () => rm(join(dir, "src/helper.ts"))],
    ["a dependency of the WIT changes", () => write("wit/deps/other.wit", "package a:other;")],
    ["the settings change", () => write("tsconfig.json", "{}")],
    ["a dependency changes", () => write("package-lock.json", "{}")],
    [
      "text moves from one file to the next",
      async () => {
        await write("src/elsewhere.ts", "export {}");
        await write("src/first.ts", ";export {};");
      },
    ],
  ];
  for (const [title, change] of changes) {
    it(`has another digest when ${title}`, async () => {
      const { digest } = await readProject(dir);
      await change();
      assert.notEqual((await readProject(dir)).digest, digest);
    });
  }
});
