import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { describe, it } from "mocha";

describe("disableMemoryReducer", () => {
  it("names a flag that this V8 knows", () => {
    // V8 says so on standard error, and goes on, where it knows no such flag.
    const module = fileURLToPath(
      new URL("../../../host/workload/memory-reducer.ts", import.meta.url),
    );
    const script = `const { disableMemoryReducer } = await import(${JSON.stringify(module)}); disableMemoryReducer();`;
    const { status, stderr } = spawnSync(
      process.execPath,
      ["--input-type=module", "--eval", script],
      { encoding: "utf8" },
    );
    assert.equal(status, 0);
    assert.doesNotMatch(stderr, /flag/);
  });
});
