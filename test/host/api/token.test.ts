import assert from "node:assert/strict";
import { chmod, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inspect } from "node:util";
import { afterEach, beforeEach, describe, it } from "mocha";
import { Token, TokenError } from "../../../host/api/token.ts";
import { readOrCreateToken, readOwnToken } from "../../../host/api/token-file.ts";

describe("Token", () => {
  const text = "0123456789abcdef";

  it("matches its text and nothing else", () => {
    const token = new Token(text);
    assert.ok(token.matches(text));
    for (const other of ["", "0123456789abcdeF", `${text} `, `${text}0`, text.slice(1), "\0"]) {
      assert.ok(!token.matches(other), JSON.stringify(other));
    }
  });

  it("cannot be printed", () => {
    const token = new Token(text);
    const printed = inspect(token, { showHidden: true }) + JSON.stringify(token);
    assert.ok(!printed.includes(text));
  });

  for (const bad of ["", "short", "a".repeat(1025), `${text} ${text}`, `${text}\n`, `${text}ü`]) {
    it(`is not made of ${JSON.stringify(bad.slice(0, 40))}, which no message repeats`, () => {
      assert.throws(
        () => new Token(bad),
        (error) => error instanceof TokenError && (bad === "" || !error.message.includes(bad)),
      );
    });
  }
});

describe("the file of the token", () => {
  let directory: string;
  let path: string;

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), "islet-token-"));
    path = join(directory, "islet", "api-token");
  });
  afterEach(() => rm(directory, { recursive: true, force: true }));

  it("is made once, for this user alone", async () => {
    assert.equal(await readOwnToken(path), undefined);
    const token = await readOrCreateToken(path);
    assert.match(token, /^[\w-]{43}$/);
    assert.equal((await stat(path)).mode & 0o777, 0o600);
    assert.equal((await stat(join(directory, "islet"))).mode & 0o777, 0o700);
    assert.equal(await readOrCreateToken(path), token);
    assert.equal(await readOwnToken(path), token);
    assert.deepEqual(await readdir(join(directory, "islet")), ["api-token"]);
  });

  it("is one file for all who make it at the same time", async () => {
    const tokens = await Promise.all(Array.from({ length: 8 }, () => readOrCreateToken(path)));
    assert.equal(new Set(tokens).size, 1);
    assert.equal((await readFile(path, "utf8")).trim(), tokens[0]);
  });

  it("is not used where others can read it", async () => {
    await readOrCreateToken(path);
    await chmod(path, 0o644);
    await assert.rejects(readOrCreateToken(path), /others can read .*api-token/);
  });

  it("rejects where its directory is a file", async () => {
    await writeFile(join(directory, "islet"), "");
    await assert.rejects(readOrCreateToken(path));
  });
});
