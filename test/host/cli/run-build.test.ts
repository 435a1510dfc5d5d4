import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { runProgram } from "../../../host/cli/program.ts";
import { MemoryTerminal } from "./memory-terminal.ts";

describe("islet run --build", () => {
  it("builds each project before it reads a manifest, and stops at the first that fails", async () => {
    const terminal = new MemoryTerminal();
    const code = await runProgram(
      ["run", "no-such.yaml", "--build", "no-such-project", "--build", "nor-this"],
      { terminal, environment: {}, interrupt: new AbortController().signal },
    );
    assert.equal(code, 1);
    assert.match(terminal.errors.join("\n"), /no-such-project/);
    assert.doesNotMatch(terminal.errors.join("\n"), /no-such\.yaml|nor-this/);
  });
});
