import assert from "node:assert/strict";
import { mkdirSync, readFileSync, realpathSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "mocha";
import type { ErrorCode } from "@bytecodealliance/preview2-shim/interfaces/wasi-filesystem-types";
import {
  FOLLOW,
  get,
  list,
  MountLab,
  NO_FOLLOW,
  openDescriptors,
  openFile,
  outcomeOf,
  put,
} from "./lab.ts";

/** A tree with links of all kinds: made by guests, by the host, absolute, relative, in chains and in loops. */
function plant({ inside, outside }: MountLab): void {
  writeFileSync(join(outside, "secret"), "secret");
  mkdirSync(join(outside, "deep"));
  mkdirSync(join(inside, "d/e"), { recursive: true });
  writeFileSync(join(inside, "a"), "a");
  writeFileSync(join(inside, "d/e/f"), "f");
  const links: Readonly<Record<string, string>> = {
    absolute: join(outside, "secret"),
    "absolute-inside": join(inside, "a"),
    relative: "../outside/secret",
    directory: "../outside",
    "absolute-directory": outside,
    up: "..",
    here: ".",
    "here/": "./",
    chain: "up",
    "chain-of-chains": "chain/outside/../outside",
    "d/back": "..",
    "d/out": "../..",
    "d/e/top": "../../a",
    "d/e/out": "../../../outside",
    "through-d": "d/e/../../../outside/secret",
    proc: "/proc/self/root",
    "proc-fd": "/proc/self/fd",
    loop: "loop",
    "loop-1": "loop-2",
    "loop-2": "d/../loop-1",
    "loop-deep": "loop-deep/x",
    dangling: "../outside/new",
    "dangling-inside": "d/new",
  };
  for (const [name, target] of Object.entries(links)) {
    if (!name.endsWith("/")) symlinkSync(target, join(inside, name));
  }
  for (let count = 0; count <= 50; count += 1) {
    symlinkSync(count === 50 ? "a" : `long-${count + 1}`, join(inside, `long-${count}`));
  }
}

/** Paths that lead out, or nowhere, and what WIT calls that. */
const ATTACKS: Readonly<Record<string, ErrorCode>> = {
  "..": "not-permitted",
  "../": "not-permitted",
  "../outside/secret": "not-permitted",
  "../inside/a": "not-permitted",
  "d/../../outside/secret": "not-permitted",
  "d/../../inside/a": "not-permitted",
  "./../outside/secret": "not-permitted",
  "d/e/../../../outside": "not-permitted",
  "/": "not-permitted",
  "//": "not-permitted",
  "/etc/passwd": "not-permitted",
  "//etc/passwd": "not-permitted",
  absolute: "not-permitted",
  "absolute-inside": "not-permitted",
  relative: "not-permitted",
  "directory/secret": "not-permitted",
  "directory/../a": "not-permitted",
  "absolute-directory/secret": "not-permitted",
  "up/outside/secret": "not-permitted",
  "up/inside/a": "not-permitted",
  "chain/outside/secret": "not-permitted",
  "chain-of-chains/secret": "not-permitted",
  "d/out/outside/secret": "not-permitted",
  "d/back/../outside/secret": "not-permitted",
  "d/e/out/secret": "not-permitted",
  "through-d": "not-permitted",
  "proc/etc/passwd": "not-permitted",
  "proc-fd/0": "not-permitted",
  "here/here/../outside/secret": "not-permitted",
  "here/up/outside": "not-permitted",
  dangling: "not-permitted",
  loop: "loop",
  "loop/x": "loop",
  "loop-1": "loop",
  "loop-deep": "loop",
  "long-0": "loop",
  "a/..": "not-directory",
  "a/../a": "not-directory",
  "a/.": "not-directory",
  "none/..": "no-entry",
  "none/../a": "no-entry",
  "": "no-entry",
  "\0": "invalid",
  "a\0": "invalid",
  "d/\0/../../x": "invalid",
  ["x".repeat(256)]: "name-too-long",
  [`${"x/".repeat(5000)}x`]: "name-too-long",
  [`${"d/../".repeat(900)}a`]: "name-too-long",
  "\u{2028}": "no-entry",
  "..\\outside\\secret": "no-entry",
  "%2e%2e/outside": "no-entry",
  "．．/outside": "no-entry",
  "...": "no-entry",
  "C:": "no-entry",
  "~": "no-entry",
};

/** Paths that stay inside, and the content of what they lead to. */
const WAYS: Readonly<Record<string, string>> = {
  a: "a",
  "./a": "a",
  "d/../a": "a",
  "d//e///f": "f",
  "d/e/../e/./f": "f",
  "here/here/here/a": "a",
  "d/back/a": "a",
  "d/e/top": "a",
  "d/back/d/back/d/e/f": "f",
  "long-20": "a",
  [`${"d/../".repeat(700)}a`]: "a",
};

describe("Lookup", () => {
  it("refuses every way out", () => {
    using lab = new MountLab();
    plant(lab);
    const base = lab.open();
    for (const [path, code] of Object.entries(ATTACKS)) {
      const shown = JSON.stringify(path).slice(0, 60);
      const outcomes = {
        read: outcomeOf(() => get(base, path)),
        stat: outcomeOf(() => base.statAt(FOLLOW, path)),
        hash: outcomeOf(() => base.metadataHashAt(FOLLOW, path)),
        times: outcomeOf(() => base.setTimesAt(FOLLOW, path, { tag: "now" }, { tag: "now" })),
      };
      for (const [name, outcome] of Object.entries(outcomes)) {
        assert.equal(outcome, code, `${name} ${shown}`);
      }
    }
    assert.equal(readFileSync(join(lab.outside, "secret"), "utf8"), "secret");
  });

  it("makes, changes and removes nothing outside", () => {
    using lab = new MountLab();
    plant(lab);
    const base = lab.open();
    const before = list(base);
    for (const directory of [
      "..",
      "up",
      "directory",
      "d/out",
      "chain",
      "/tmp",
      "proc",
      "here/..",
    ]) {
      for (const path of [`${directory}/outside/new`, `${directory}/new`, `${directory}/deep/`]) {
        const outcomes = {
          open: outcomeOf(() => openFile(base, path, { create: true })),
          exclusive: outcomeOf(() => openFile(base, path, { create: true, exclusive: true })),
          mkdir: outcomeOf(() => base.createDirectoryAt(path)),
          rmdir: outcomeOf(() => base.removeDirectoryAt(path)),
          unlink: outcomeOf(() => base.unlinkFileAt(path)),
          symlink: outcomeOf(() => base.symlinkAt("a", path)),
          link: outcomeOf(() => base.linkAt(NO_FOLLOW, "a", base, path)),
          steal: outcomeOf(() => base.linkAt(FOLLOW, path, base, "stolen")),
          rename: outcomeOf(() => base.renameAt("a", base, path)),
          take: outcomeOf(() => base.renameAt(path, base, "stolen")),
        };
        for (const [name, outcome] of Object.entries(outcomes)) {
          const isSlashed = path.endsWith("/") && name === "open";
          if (!isSlashed && name !== "exclusive")
            assert.equal(outcome, "not-permitted", `${name} ${path}`);
          assert.ok(typeof outcome === "string", `${name} ${path} did something`);
        }
      }
    }
    assert.deepEqual(list(base), before);
    assert.equal(
      outcomeOf(() => openFile(base, "dangling", { create: true })),
      "not-permitted",
    );
    put(base, "dangling-inside", "new");
    assert.equal(readFileSync(join(lab.inside, "d/new"), "utf8"), "new");
  });

  it("finds what is inside, by whatever way", () => {
    using lab = new MountLab();
    plant(lab);
    const base = lab.open();
    for (const [path, content] of Object.entries(WAYS)) {
      assert.equal(get(base, path), content, path.slice(0, 60));
    }
  });

  it("keeps a guest below the directory that it opened, not only below its mount", () => {
    using lab = new MountLab();
    plant(lab);
    const directory = lab.open().openAt(FOLLOW, "d", { directory: true }, {});
    assert.equal(get(directory, "e/f"), "f");
    for (const path of ["..", "../a", "back", "back/a", "e/top", "e/../../a"]) {
      assert.equal(
        outcomeOf(() => directory.statAt(FOLLOW, path)),
        "not-permitted",
        path,
      );
    }
  });

  it("walks as deep as it says", () => {
    using lab = new MountLab();
    let directory = lab.open();
    const path = Array.from({ length: 256 }, () => "x").join("/");
    for (let depth = 0; depth < 300; depth += 1) {
      directory.createDirectoryAt("x");
      const next = directory.openAt(FOLLOW, "x", { directory: true }, {});
      directory[Symbol.dispose]();
      directory = next;
    }
    const base = lab.open();
    assert.equal(base.statAt(FOLLOW, path).type, "directory");
    assert.equal(
      outcomeOf(() => base.statAt(FOLLOW, `${path}/x/x`)),
      "name-too-long",
    );
  });

  it("closes what it opened on its way", () => {
    using lab = new MountLab();
    plant(lab);
    const base = lab.open();
    const before = openDescriptors();
    for (const path of [...Object.keys(ATTACKS), ...Object.keys(WAYS)]) {
      outcomeOf(() => base.statAt(FOLLOW, path));
      outcomeOf(() => base.statAt(NO_FOLLOW, path));
      outcomeOf(() => base.createDirectoryAt(path));
      outcomeOf(() => base.unlinkFileAt(path));
    }
    assert.equal(openDescriptors(), before);
    assert.equal(realpathSync(lab.outside), lab.outside);
  });
});
