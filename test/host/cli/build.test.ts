import assert from "node:assert/strict";
import {
  appendFile,
  cp,
  mkdir,
  mkdtemp,
  readFile,
  readdir,
  rm,
  stat,
  writeFile,
} from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, it } from "mocha";
import { build, runBuild, type BuildResult } from "../../../host/cli/build.ts";
import { BuildError, type BuildErrorCode } from "../../../host/cli/build-error.ts";

const TEMPLATE = join(import.meta.dirname, "..", "..", "..", "templates", "service-tcp");

/** The smallest guest; the world's name is the file's. */
const GUEST = "export const run = { run(): void {} };\n";

const NOTHING: BuildResult = { built: [], upToDate: ["one", "two"] };
const EVERYTHING: BuildResult = { built: ["one", "two"], upToDate: [] };

describe("build", function () {
  this.timeout(120_000);
  let dir: string;
  let lines: string[];

  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), "islet-build-"));
    lines = [];
    await mkdir(join(dir, "src"));
    await mkdir(join(dir, "wit"));
    await write(
      "wit/world.wit",
      "package test:guests;\n" +
        "// world commented {}\n" +
        "world one { export wasi:cli/run@0.2.12; }\nworld two { export wasi:cli/run@0.2.12; }\n" +
        "world without-source { export wasi:cli/run@0.2.12; }\n",
    );
    await write("src/one.ts", GUEST);
    await write("src/two.ts", GUEST);
    await write("src/helper.ts", "export {};\n");
  });
  afterEach(() => rm(dir, { recursive: true, force: true }));

  async function write(path: string, text: string): Promise<void> {
    await writeFile(join(dir, path), text);
  }

  function buildAll(force = false): Promise<BuildResult> {
    return build(dir, { force, output: (line) => lines.push(line) });
  }

  async function failure(code: BuildErrorCode, message: RegExp): Promise<void> {
    await assert.rejects(buildAll(), (error) => {
      assert.ok(error instanceof BuildError);
      assert.match(error.message, message);
      assert.equal(error.code, code);
      return true;
    });
  }

  it("builds every source that has a world, says so, and leaves only what it says", async () => {
    assert.deepEqual(await buildAll(), EVERYTHING);
    assert.deepEqual((await readdir(join(dir, "dist"))).toSorted(), [
      ".build.json",
      "one.wasm",
      "two.wasm",
    ]);
    const component = await readFile(join(dir, "dist", "one.wasm"));
    // The preamble of a component: magic number, version 13, layer 1.
    assert.equal(component.subarray(0, 8).toString("hex"), "0061736d0d000100");
    assert.equal(lines[0], "building one, two …");
    assert.match(lines[1] ?? "", /^ {2}dist\/one\.wasm 1\.\d MB in \d+\.\d s$/u);
    assert.equal(lines.length, 3);
  });

  it("builds nothing twice, but what is missing or damaged, and all when told to", async () => {
    await buildAll();
    assert.deepEqual(await buildAll(), NOTHING);
    await appendFile(join(dir, "dist", "two.wasm"), "x");
    assert.deepEqual(await buildAll(), { built: ["two"], upToDate: ["one"] });
    await rm(join(dir, "dist", "one.wasm"));
    assert.deepEqual(await buildAll(), { built: ["one"], upToDate: ["two"] });
    assert.deepEqual(await buildAll(), NOTHING);
    assert.deepEqual(await buildAll(true), EVERYTHING);
  });

  it("builds again where the declarations are gone, or the record makes no sense", async () => {
    await buildAll();
    await rm(join(dir, "types"), { recursive: true });
    await write("dist/.build.json", '{"digest":');
    assert.deepEqual(await buildAll(), EVERYTHING);
    assert.ok((await stat(join(dir, "types", "one.d.ts"))).isFile());
    assert.deepEqual(await buildAll(), NOTHING);
  });

  it("builds again what was made of other sources", async () => {
    await buildAll();
    await write("src/helper.ts", "export const changed = true;\n");
    assert.deepEqual(await buildAll(), EVERYTHING);
  });

  it("reports the mistakes of all guests at once, and replaces no component", async () => {
    await buildAll();
    const before = await readFile(join(dir, "dist", "one.wasm"));
    await write("src/one.ts", "export const run = ;\n");
    await write("src/two.ts", '\nimport "./gone.ts";\n');
    await failure("guest-invalid", /^src\/one\.ts:1:20: .*\nsrc\/two\.ts:2:\d+: .*gone/u);
    assert.deepEqual(await readFile(join(dir, "dist", "one.wasm")), before);

    await write("src/one.ts", GUEST);
    await write("src/two.ts", GUEST);
    assert.deepEqual(await buildAll(), NOTHING);
  });

  it("checks types where the project has a tsconfig.json", async () => {
    await write("src/one.ts", `const wrong: number = "text";\n${GUEST}`);
    assert.deepEqual(await buildAll(), EVERYTHING);
    await write(
      "tsconfig.json",
      '{ "compilerOptions": { "strict": true, "lib": ["esnext"], "types": [] }, "include": ["src", "types"] }',
    );
    await failure("types-invalid", /^src\/one\.ts:1:7: TS2322: /u);
  });

  it("refuses a folder without WIT, and one without a source for any world", async () => {
    await rm(join(dir, "src"), { recursive: true });
    await failure("no-guests", /there is no src\/one\.ts or src\/two\.ts/u);
    await write("wit/world.wit", "package test:guests;\n");
    await failure("no-guests", /wit\/ has no world/u);
    await rm(join(dir, "wit"), { recursive: true });
    await failure("no-project", /wit\//u);
    await rm(dir, { recursive: true });
    await failure("no-project", /Cannot build/u);
  });

  it("refuses WIT that cannot be used", async () => {
    await write(
      "wit/world.wit",
      "package test:guests;\nworld one { import wasi:io/poll@0.2.0; }\n",
    );
    await failure("guest-invalid", /^wit\/world\.wit:2:20: wasi:io\/poll@0\.2\.0 /u);
    await write(
      "wit/world.wit",
      "package test:guests;\nworld one { import wasi:io/pool@0.2.12; }\n",
    );
    await failure("guest-invalid", /^wit\/: .*pool/u);
  });

  it("builds the template, whose types are strictly right", async () => {
    const copy = join(dir, "template");
    await cp(TEMPLATE, copy, {
      recursive: true,
      filter: (path) => !/[/\\](?:dist|types)$/u.test(path),
    });
    await runBuild({ dir: copy, force: false }, (line) => lines.push(line));
    assert.equal(lines[0], "building service-leet, http-api …");
    await runBuild({ dir: copy, force: false }, (line) => lines.push(line));
    assert.equal(lines.at(-1), "service-leet, http-api: up to date");
    const settings = await readFile(join(copy, "tsconfig.json"), "utf8");
    assert.match(settings, /"strict": true/u);
  });
});
