import assert from "node:assert/strict";
import { glob, readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, it } from "mocha";

const TESTS = join(import.meta.dirname, "..");

describe("the tests", () => {
  it("have hooks inside of their suites only: one outside runs for the tests of all files", async () => {
    const found: string[] = [];
    for await (const name of glob("**/*.{test,peers,browser}.ts", { cwd: TESTS })) {
      const text = await readFile(join(TESTS, name), "utf8");
      if (/^(?:before|after)(?:Each)?\(/m.test(text)) found.push(name);
    }
    assert.deepEqual(found, []);
  });
});
