import assert from "node:assert/strict";
import { readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "mocha";
import { ask, askAll, directoryOf, filesOf, type Values } from "../support/files-workload.ts";
import { Scenario } from "../support/scenario.ts";

describe("volumes", () => {
  it("let a guest work with files of an empty directory", async () => {
    await using scenario = await Scenario.start(filesOf({ ephemeral: {} }));
    assert.equal(await ask(scenario, "mounts"), "/data rw\n/read r\n");
    const long = "0123456789".repeat(300);
    await askAll(scenario, [
      ["list", { path: "." }, ""],
      ["write", { path: "a", text: "hello" }, "ok"],
      ["append", { path: "a", text: ", world" }, "ok"],
      ["read", { path: "a" }, "hello, world"],
      ["stream", { path: "a" }, "hello, world"],
      ["write", { path: "long", text: long }, "ok"],
      ["stream", { path: "long" }, long],
      ["unlink", { path: "long" }, "ok"],
      ["size", { path: "a", n: 5 }, "ok"],
      ["read", { path: "a" }, "hello"],
      ["sync", { path: "a" }, "ok"],
      ["mkdir", { path: "d" }, "ok"],
      ["mkdir", { path: "d" }, "exist"],
      ["rename", { path: "a", to: "d/b" }, "ok"],
      ["link", { path: "d/b", to: "c" }, "ok"],
      ["same", { path: "d/b", to: "c" }, "same"],
      ["symlink", { path: "s", text: "d/b" }, "ok"],
      ["readlink", { path: "s" }, "d/b"],
      ["read", { path: "s" }, "hello"],
      ["read", { path: "s", follow: 0 }, "loop"],
      ["touch", { path: "c", n: 1_000_000 }, "ok"],
      ["stat", { path: "s" }, "regular-file 5 2 1000000"],
      ["list", { path: "d" }, "b regular-file\n"],
      ["rmdir", { path: "d" }, "not-empty"],
      ["unlink", { path: "d" }, "is-directory"],
      ["unlink", { path: "d/b" }, "ok"],
      ["read", { path: "s" }, "no-entry"],
      ["rmdir", { path: "d" }, "ok"],
      ["read", { path: "c" }, "hello"],
      ["read", { path: "none" }, "no-entry"],
      ["read", { path: "c/x" }, "not-directory"],
      ["write", { path: "naïve ☃ 100%&=", text: "ok" }, "ok"],
      ["read", { path: "naïve ☃ 100%&=" }, "ok"],
    ]);
    const hash = await ask(scenario, "hash", { path: "c" });
    assert.equal(await ask(scenario, "hash", { dir: "/read", path: "c" }), hash);
  });

  it("let nothing of a read-only mount be changed", async () => {
    await using scenario = await Scenario.start(filesOf({ ephemeral: {} }));
    const dir = "/read";
    await askAll(scenario, [
      ["write", { path: "a", text: "hello" }, "ok"],
      ["mkdir", { path: "d" }, "ok"],
      ["read", { dir, path: "a" }, "hello"],
      ["list", { dir, path: "d" }, ""],
      ["write", { dir, path: "a", text: "x" }, "read-only"],
      ["append", { dir, path: "d/new", text: "x" }, "read-only"],
      ["size", { dir, path: "a", n: 0 }, "read-only"],
      ["mkdir", { dir, path: "e" }, "read-only"],
      ["rmdir", { dir, path: "d" }, "read-only"],
      ["unlink", { dir, path: "a" }, "read-only"],
      ["rename", { dir, path: "a", to: "b" }, "read-only"],
      ["rename", { dir, path: "a", to: "b", into: "/data" }, "read-only"],
      ["rename", { path: "a", to: "b", into: dir }, "read-only"],
      ["link", { dir, path: "a", to: "b", into: "/data" }, "read-only"],
      ["symlink", { dir, path: "s", text: "a" }, "read-only"],
      ["touch", { dir, path: "a", n: 1 }, "read-only"],
      ["read", { path: "a" }, "hello"],
    ]);
  });

  it("cannot be left", async () => {
    await using scenario = await Scenario.start(filesOf({ ephemeral: {} }));
    const directory = directoryOf(scenario);
    writeFileSync(join(directory, "../secret"), "secret");
    symlinkSync(join(directory, "../secret"), join(directory, "absolute"));
    symlinkSync("../secret", join(directory, "relative"));
    symlinkSync("/", join(directory, "root"));
    const outside = ["../secret", "../files/../secret", "absolute", "relative", "root/etc/passwd"];
    await askAll(scenario, [
      ["symlink", { path: "mine", text: "../secret" }, "ok"],
      ["symlink", { path: "far", text: "x/../../../etc" }, "ok"],
      ["symlink", { path: "up", text: ".." }, "ok"],
      ["symlink", { path: "chain", text: "up" }, "ok"],
      ["symlink", { path: "loop", text: "loop" }, "ok"],
      ["mkdir", { path: "x" }, "ok"],
      ["symlink", { path: "rooted", text: "/etc/passwd" }, "not-permitted"],
      ["read", { path: "loop" }, "loop"],
      ["readlink", { path: "absolute" }, "not-permitted"],
      ["read", { path: "/etc/passwd" }, "not-permitted"],
      ["read", { path: `${directory}/x` }, "not-permitted"],
      ["list", { path: ".." }, "not-permitted"],
      ["list", { path: "up" }, "not-permitted"],
    ]);
    for (const path of [...outside, "mine", "far/passwd", "up/secret", "chain/secret"]) {
      const operations: readonly (readonly [string, Values])[] = [
        ["read", { path }],
        ["write", { path, text: "x" }],
        ["stat", { path }],
        ["touch", { path, n: 1 }],
        ["link", { path, to: "stolen" }],
        ["hash", { path }],
      ];
      for (const [operation, values] of operations) {
        assert.equal(
          await ask(scenario, operation, values),
          "not-permitted",
          `${operation} ${path}`,
        );
      }
    }
    for (const path of ["../new", "up/new", "root/new"]) {
      for (const operation of ["mkdir", "rmdir", "unlink", "symlink"]) {
        const answer = await ask(scenario, operation, { path, text: "x" });
        assert.equal(answer, "not-permitted", `${operation} ${path}`);
      }
      for (const values of [
        { path: "x", to: path },
        { path, to: "x" },
      ]) {
        assert.equal(await ask(scenario, "rename", values), "not-permitted");
      }
    }
    assert.equal(readFileSync(join(directory, "../secret"), "utf8"), "secret");
  });

  it("survive paths that no file has", async () => {
    await using scenario = await Scenario.start(filesOf({ ephemeral: {} }));
    await askAll(scenario, [
      ["read", { path: "" }, "no-entry"],
      ["write", { path: "a\0b" }, "invalid"],
      ["write", { path: "a".repeat(256) }, "name-too-long"],
      ["write", { path: `${"a/".repeat(3000)}b` }, "name-too-long"],
      ["write", { path: "./".repeat(1000) }, "is-directory"],
      ["symlink", { path: "s", text: "" }, "no-entry"],
      ["symlink", { path: "s", text: "a\0" }, "invalid"],
      ["write", { path: "a\\b:c", text: "x" }, "ok"],
      ["list", { path: "." }, "a\\b:c regular-file\n"],
    ]);
    // What is not UTF-8 reaches the host as U+FFFD: jco decodes the strings of components like this.
    await scenario.call("files", "/write?dir=/data&path=%ff%fe&text=y");
    assert.equal(await ask(scenario, "read", { path: "\u{FFFD}\u{FFFD}" }), "y");
    assert.equal(await ask(scenario, "read", { path: "a\\b:c" }), "x");
  });

  it("bound what a guest has open, and give it back", async () => {
    await using scenario = await Scenario.start(filesOf({ ephemeral: {} }, 1));
    await ask(scenario, "write", { path: "a", text: "hello" });
    assert.equal(await ask(scenario, "open", { path: "a", n: 200 }), "200");
    assert.match(await ask(scenario, "open", { path: "a", n: 300 }), /^\d+ insufficient-memory$/);
  });

  it("hold no more than their size limit, and as much again when something is removed", async () => {
    await using scenario = await Scenario.start(filesOf({ emptyDir: { sizeLimit: "64Ki" } }));
    // A file counts 4 KiB beside its content.
    await askAll(scenario, [
      ["fill", { path: "a", n: 100_000 }, `${60 * 1024} insufficient-space`],
      ["write", { path: "b", text: "x" }, "insufficient-space"],
      ["mkdir", { path: "d" }, "insufficient-space"],
      ["symlink", { path: "s", text: "a" }, "insufficient-space"],
      ["link", { path: "a", to: "l" }, "insufficient-space"],
      ["size", { path: "a", n: 1_000_000 }, "insufficient-space"],
      ["size", { path: "a", n: 10_000 }, "ok"],
      ["write", { path: "b", text: "x" }, "ok"],
      ["unlink", { path: "b" }, "ok"],
      ["unlink", { path: "a" }, "ok"],
      ["fill", { path: "c", n: 61_440 }, "61440"],
      ["mkdir", { path: "d" }, "insufficient-space"],
      ["write", { path: "c", text: "" }, "ok"],
      ["mkdir", { path: "d" }, "ok"],
    ]);
  });
});
