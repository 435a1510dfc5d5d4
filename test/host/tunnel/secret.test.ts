import assert from "node:assert/strict";
import { mkdtempDisposable, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inspect } from "node:util";
import { describe, it } from "mocha";
import { Secret } from "../../../host/tunnel/secret.ts";
import { readSecret, SecretError } from "../../../host/tunnel/secret-source.ts";

describe("Secret", () => {
  it("does not print", () => {
    const secret = new Secret("hunter2");
    const held = { server: "bore.pub", secret };
    for (const text of [
      secret.toString(),
      JSON.stringify(held),
      inspect(held, { showHidden: true }),
    ]) {
      assert.ok(!text.includes("hunter2"), text);
    }
    assert.equal(secret.reveal(), "hunter2");
  });
});

describe("readSecret", () => {
  it("reads a file without its last line break", async () => {
    await using folder = await mkdtempDisposable(join(tmpdir(), "islet-secret-"));
    const path = join(folder.path, "secret");
    for (const [text, expected] of [
      ["a b\n", "a b"],
      ["a\r\n", "a"],
      ["a\n\n", "a\n"],
      ["", ""],
    ] as const) {
      await writeFile(path, text);
      assert.equal((await readSecret({ tag: "file", path })).reveal(), expected);
    }
  });

  it("says where there is none, and does not read what cannot be one", async () => {
    await using folder = await mkdtempDisposable(join(tmpdir(), "islet-secret-"));
    const path = join(folder.path, "secret");
    await assert.rejects(readSecret({ tag: "file", path }), SecretError);
    await writeFile(path, Buffer.alloc(65 * 1024));
    await assert.rejects(readSecret({ tag: "file", path }), /65\d\d\d bytes|66560 bytes/);
    await assert.rejects(readSecret({ tag: "file", path: folder.path }), SecretError);
  });

  it("reads an environment variable, the empty one too", async () => {
    const secret = await readSecret({ tag: "environment", name: "TOKEN" }, { TOKEN: "" });
    assert.equal(secret.reveal(), "");
    await assert.rejects(readSecret({ tag: "environment", name: "TOKEN" }, {}), /TOKEN/);
  });
});
