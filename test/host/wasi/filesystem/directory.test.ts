import assert from "node:assert/strict";
import { lstatSync, symlinkSync, writeFileSync } from "node:fs";
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { describe, it } from "mocha";
import { GuestError } from "../../../../host/wasi/guest-error.ts";
import { assertFails, FOLLOW, get, list, MountLab, NO_FOLLOW, openFile, put } from "./lab.ts";

describe("Descriptor of a directory", () => {
  it("follows links only where it is asked to", () => {
    using lab = new MountLab();
    const base = lab.open();
    put(base, "a", "hello");
    base.symlinkAt("a", "link");
    base.symlinkAt("nowhere", "dangling");
    assert.equal(get(base, "link"), "hello");
    assertFails("loop", () => base.openAt(NO_FOLLOW, "link", {}, { read: true }));
    assertFails("not-directory", () => base.openAt(NO_FOLLOW, "link", { directory: true }, {}));
    assertFails("exist", () => openFile(base, "dangling", { create: true, exclusive: true }));
    openFile(base, "dangling", { create: true });
    assert.deepEqual(list(base), ["a", "dangling", "link", "nowhere"]);
    assert.equal(base.statAt(NO_FOLLOW, "link").type, "symbolic-link");
    assert.equal(base.statAt(NO_FOLLOW, "link").size, 1n);
    assert.equal(base.statAt(FOLLOW, "link").type, "regular-file");
    assert.equal(base.readlinkAt("link"), "a");
    assertFails("invalid", () => base.readlinkAt("a"));
    assertFails("no-entry", () => base.readlinkAt("none"));
  });

  it("links, renames and removes", () => {
    using lab = new MountLab();
    const base = lab.open();
    put(base, "a", "hello");
    base.createDirectoryAt("d");
    base.symlinkAt("a", "s");
    base.linkAt(NO_FOLLOW, "a", base, "d/b");
    assert.equal(base.statAt(FOLLOW, "a").linkCount, 2n);
    base.linkAt(FOLLOW, "s", base, "d/followed");
    assert.equal(lstatSync(join(lab.inside, "d/followed")).isFile(), true);
    base.linkAt(NO_FOLLOW, "s", base, "d/link");
    assert.equal(lstatSync(join(lab.inside, "d/link")).isSymbolicLink(), true);
    assertFails("not-permitted", () => base.linkAt(NO_FOLLOW, "d", base, "e"));
    assertFails("exist", () => base.linkAt(NO_FOLLOW, "a", base, "s"));
    base.renameAt("d/b", base, "c");
    assertFails("not-empty", () => base.removeDirectoryAt("d"));
    assertFails("is-directory", () => base.unlinkFileAt("d"));
    assertFails("is-directory", () => base.unlinkFileAt("."));
    assertFails("invalid", () => base.removeDirectoryAt("."));
    assertFails("not-directory", () => base.removeDirectoryAt("a"));
    assertFails("busy", () => base.renameAt(".", base, "x"));
    assertFails("invalid", () => base.renameAt("d", base, "d/inside"));
    base.unlinkFileAt("d/followed");
    base.unlinkFileAt("d/link");
    base.removeDirectoryAt("d/");
    assert.deepEqual(list(base), ["a", "c", "s"]);
  });

  it("keeps what it has open through renames and removal", () => {
    using lab = new MountLab();
    const base = lab.open();
    base.createDirectoryAt("d");
    const directory = base.openAt(FOLLOW, "d", { directory: true }, {});
    put(directory, "a", "hello");
    const file = openFile(directory, "a");
    base.renameAt("d", base, "e");
    assert.equal(get(directory, "a"), "hello");
    base.unlinkFileAt("e/a");
    assert.equal(Buffer.from(file.read(10n, 0n)[0]).toString(), "hello");
    assert.equal(file.stat().linkCount, 0n);
    base.removeDirectoryAt("e");
    assertFails("no-entry", () => directory.createDirectoryAt("x"));
  });

  it("lists a directory, types included", () => {
    using lab = new MountLab();
    const base = lab.open();
    put(base, "a", "hello");
    base.createDirectoryAt("d");
    base.symlinkAt("a", "s");
    execFileSync("mkfifo", [join(lab.inside, "f")]);
    const stream = base.readDirectory();
    const found: Record<string, string> = {};
    for (let entry = stream.readDirectoryEntry(); entry; entry = stream.readDirectoryEntry()) {
      found[entry.name] = entry.type;
    }
    assert.deepEqual(found, {
      a: "regular-file",
      d: "directory",
      f: "fifo",
      s: "symbolic-link",
    });
    assert.equal(stream.readDirectoryEntry(), undefined);
    assert.equal(base.openAt(FOLLOW, "d", {}, {}).readDirectory().readDirectoryEntry(), undefined);
  });

  it("tells of a name that is not UTF-8, and goes on", () => {
    using lab = new MountLab();
    const base = lab.open();
    writeFileSync(Buffer.concat([Buffer.from(`${lab.inside}/`), Buffer.from([0x66, 0xff])]), "");
    symlinkSync(Buffer.from([0x61, 0xfe]), join(lab.inside, "s"));
    const stream = base.readDirectory();
    const found: string[] = [];
    for (let count = 0; count < 2; count += 1) {
      try {
        found.push(stream.readDirectoryEntry()?.name ?? "end");
      } catch (error) {
        assert.ok(error instanceof GuestError);
        found.push(String(error.payload));
      }
    }
    assert.deepEqual(found.toSorted(), ["illegal-byte-sequence", "s"]);
    assert.equal(stream.readDirectoryEntry(), undefined);
    assertFails("illegal-byte-sequence", () => base.readlinkAt("s"));
    assertFails("illegal-byte-sequence", () => base.statAt(FOLLOW, "s"));
  });

  it("does not open, and does not wait for, special files", () => {
    using lab = new MountLab();
    const base = lab.open();
    execFileSync("mkfifo", [join(lab.inside, "fifo")]);
    for (const flags of [{ read: true }, { write: true }, { read: true, write: true }, {}]) {
      for (const open of [{}, { create: true }, { truncate: true }]) {
        assertFails("unsupported", () => openFile(base, "fifo", open, flags));
      }
    }
    assert.equal(base.statAt(FOLLOW, "fifo").type, "fifo");
    base.unlinkFileAt("fifo");
  });
});
