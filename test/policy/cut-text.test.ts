import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { cutMessage, cutText, MESSAGE_MAX } from "../../policy/cut-text.ts";

describe("cutText", () => {
  it("leaves what is short enough as it is, and cuts the rest, in the middle of a character even", () => {
    for (const [text, max, cut] of [
      ["", 3, ""],
      ["abc", 3, "abc"],
      ["abcd", 3, "abc"],
      ["aü€b", 3, "aü€"],
      ["a😀", 2, "a\ud83d"],
      ["abc", 0, ""],
    ] as const) {
      assert.equal(cutText(text, max), cut);
    }
  });
});

describe("cutMessage", () => {
  it("leaves room for what a person reads", () => {
    assert.equal(cutMessage("it failed"), "it failed");
    assert.equal(cutMessage("x".repeat(MESSAGE_MAX + 1)).length, MESSAGE_MAX);
  });
});
