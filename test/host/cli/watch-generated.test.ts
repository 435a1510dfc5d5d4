import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { GeneratedFiles } from "../../../host/cli/watch-generated.ts";

describe("GeneratedFiles", () => {
  it("finds a file that changes with each build, and tells of it once", () => {
    const { found, build } = setUp();
    const results = Array.from({ length: 12 }, () => build(["a.lock"]).length);
    assert.deepEqual(results, [1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0]);
    assert.deepEqual(found, ["a.lock"]);
  });

  it("finds one whose change is heard of right after the build", () => {
    const { found, files, build, pass } = setUp();
    for (let index = 0; index < 12; index += 1) {
      build([]);
      pass(0.2);
      files.withoutGenerated(["a.lock"]);
    }
    assert.deepEqual(found, ["a.lock"]);
  });

  it("keeps a file that a person saves while builds run, now and then", () => {
    const { found, build } = setUp();
    for (let index = 0; index < 50; index += 1) build(index % 4 === 3 ? [] : ["main.rs"]);
    assert.deepEqual(found, []);
  });

  it("keeps a file that changes between builds, however often", () => {
    const { found, files, build, pass } = setUp();
    for (let index = 0; index < 50; index += 1) {
      pass(2);
      assert.deepEqual(files.withoutGenerated(["main.rs"]), ["main.rs"]);
      build([]);
    }
    assert.deepEqual(found, []);
  });
});

function setUp(): {
  found: string[];
  files: GeneratedFiles;
  build: (during: readonly string[], seconds?: number) => string[];
  pass: (seconds: number) => void;
} {
  let now = 0;
  const found: string[] = [];
  const files = new GeneratedFiles(
    (path) => found.push(path),
    () => now,
  );
  const build = (during: readonly string[], seconds = 5): string[] => {
    files.noteStart();
    now += seconds * 1_000;
    const sources = files.withoutGenerated(during);
    now += seconds * 1_000;
    files.noteEnd();
    return sources;
  };
  const pass = (seconds: number): void => {
    now += seconds * 1_000;
  };
  return { found, files, build, pass };
}
