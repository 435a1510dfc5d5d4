import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { cell, formatTable } from "../../../host/cli/table.ts";
import { MemoryTerminal } from "./memory-terminal.ts";

describe("formatTable", () => {
  it("aligns columns, with two spaces between and none behind", () => {
    const rows = [
      ["a", "long value", ""],
      ["longer", "b", "x"],
    ];
    assert.deepEqual(formatTable(["A", "B", "C"], rows, new MemoryTerminal()), [
      "A       B           C",
      "a       long value",
      "longer  b           x",
    ]);
  });

  it("aligns text in colour and wide characters", () => {
    const rows = [
      ["\u001b[32mgreen\u001b[39m", "x"],
      ["日本", "y"],
    ];
    const lines = formatTable(["A", "B"], rows, new MemoryTerminal());
    assert.equal(lines[1], "\u001b[32mgreen\u001b[39m  x");
    assert.equal(lines[2], "日本   y");
  });
});

describe("cell", () => {
  it("keeps text on its line", () => assert.equal(cell("a\nb\tc\u001b"), "a\\x0ab c\\x1b"));
});
