import assert from "node:assert/strict";
import { resolve } from "node:path";
import { describe, it } from "mocha";
import { parseHostAddress } from "../../../host/cli/host-address.ts";
import { UsageError } from "../../../host/cli/usage-error.ts";

describe("parseHostAddress", () => {
  for (const [text, path] of [
    ["host", "/run/islet/host.sock"],
    ["second.sock", "/run/islet/second.sock"],
    ["/tmp/x.sock", "/tmp/x.sock"],
    ["./x.sock", resolve("x.sock")],
    ["unix:///tmp/a%20b.sock", "/tmp/a b.sock"],
  ] as const) {
    it(`reads ${text} as a socket`, () =>
      assert.deepEqual(parseHostAddress(text, "/run/islet"), { tag: "socket", path }));
  }

  it("reads a URL", () => {
    const address = parseHostAddress("HTTP://127.0.0.1:8787", "/run/islet");
    assert.equal(address.tag === "url" && address.url.origin, "http://127.0.0.1:8787");
  });

  for (const text of [
    "",
    "..",
    ".",
    ".hidden",
    "a b",
    "a".repeat(65),
    "unix://x",
    "http://",
    "tcp:1",
  ]) {
    it(`refuses ${JSON.stringify(text)}`, () =>
      assert.throws(() => parseHostAddress(text, "/run/islet"), UsageError));
  }
});
