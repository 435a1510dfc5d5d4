import assert from "node:assert/strict";
import { mkdtempDisposable, readdir, readFile, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, it } from "mocha";
import { logFileName } from "../../../../host/workload/log/log-file-name.ts";
import { LogFiles } from "../../../../host/workload/log/log-files.ts";
import { LogStore } from "../../../../host/workload/log/log-store.ts";

describe("LogFiles", () => {
  let temporary: AsyncDisposable & { readonly path: string };
  beforeEach(async () => {
    temporary = await mkdtempDisposable(join(tmpdir(), "islet-log-"));
  });
  afterEach(() => temporary[Symbol.asyncDispose]());

  it("makes its directory for its owner alone", async () => {
    const directory = join(temporary.path, "deep", "logs");
    await LogFiles.open({ directory, onWarning: assert.fail });
    assert.equal((await stat(directory)).mode & 0o777, 0o700);
  });

  it("rejects where the directory cannot be made", async () => {
    const directory = join(temporary.path, "file");
    await writeFile(directory, "");
    await assert.rejects(LogFiles.open({ directory, onWarning: assert.fail }), { code: "EEXIST" });
  });

  it("writes what a store holds and what it gets, a file for each workload", async () => {
    const files = await LogFiles.open({ directory: temporary.path, onWarning: assert.fail });
    using leet = new LogStore();
    using shop = new LogStore();
    leet.say("starting");
    {
      await using _leet = files.keep({ namespace: "default", name: "leet", id: "1" }, leet);
      await using _shop = files.keep({ namespace: "default", name: "shop", id: "2" }, shop);
      leet.say("running");
      shop.say("error");
    }
    leet.say("nobody keeps this");
    assert.deepEqual((await readdir(temporary.path)).toSorted(), [
      "default.leet.log",
      "default.shop.log",
    ]);
    const text = await readFile(join(temporary.path, "default.leet.log"), "utf8");
    const lines = text.trimEnd().split("\n");
    assert.deepEqual(
      lines.map((line) => JSON.parse(line).msg),
      ["starting", "running"],
    );
  });
});

describe("logFileName", () => {
  for (const [namespace, name, expected] of [
    ["default", "leet", /^default\.leet\.log$/],
    ["team-a", "shop.api", /^team-a\.shop\.api\.log$/],
    ["default", "../../etc/passwd", /^default_etc_passwd~[0-9a-f]{16}\.log$/],
    ["..", "x", /^_x~[0-9a-f]{16}\.log$/],
    ["", "", /^_~[0-9a-f]{16}\.log$/],
    ["default", "a\0b/c\\d\n", /^default_a_b_c_d_~[0-9a-f]{16}\.log$/],
    ["default", "n".repeat(253), /^default_n{192}~[0-9a-f]{16}\.log$/],
  ] as const) {
    it(`names ${JSON.stringify(`${namespace}/${name}`.slice(0, 40))} plainly`, () => {
      assert.match(logFileName(namespace, name), expected);
      assert.ok(Buffer.byteLength(logFileName(namespace, name)) < 250);
    });
  }

  it("tells apart what looks the same", () => {
    const names = [
      logFileName("a", "b.c"),
      logFileName("a.b", "c"),
      logFileName("A", "b.c"),
      logFileName("a", "b_c/"),
      logFileName("a", "b_c\\"),
    ];
    assert.equal(new Set(names).size, names.length);
  });
});
