import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { describe, it } from "mocha";
import { shellQuote } from "../../../host/cli/shell-quote.ts";

describe("shellQuote", () => {
  it("leaves alone what means itself", () => {
    for (const text of ["islet", "-f", "a/b.yaml", "10.0.0.1:80", "https://a.b:1/c"]) {
      assert.equal(shellQuote(text), text);
    }
  });

  it("gives a shell the very text", () => {
    const texts = [
      "",
      " ",
      "a b",
      "'",
      "''a'",
      "$(reboot)",
      "`x`",
      "a;b",
      "[::1]:80",
      "*",
      "a\nb",
      "~",
      "!x",
      '"',
      "\\",
    ];
    const script = `printf '%s\\0' ${texts.map(shellQuote).join(" ")}`;
    assert.equal(
      execFileSync("/bin/sh", ["-c", script], { encoding: "utf8" }),
      `${texts.join("\0")}\0`,
    );
  });
});
