import assert from "node:assert/strict";
import { lstatSync, readFileSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { NewTimestamp } from "@bytecodealliance/preview2-shim/interfaces/wasi-filesystem-types";
import { describe, it } from "mocha";
import { assertFails, FOLLOW, get, list, MountLab, NO_FOLLOW, openFile, put } from "./lab.ts";

describe("Descriptor", () => {
  it("writes and reads a file of the host's directory", () => {
    using lab = new MountLab();
    const base = lab.open();
    put(base, "a", "hello");
    assert.equal(readFileSync(join(lab.inside, "a"), "utf8"), "hello");
    const file = openFile(base, "a");
    assert.deepEqual(
      file.read(3n, 1n),
      [Buffer.from("ell"), false].map((each) =>
        each instanceof Buffer ? new Uint8Array(each) : each,
      ),
    );
    assert.deepEqual(file.read(100n, 5n), [new Uint8Array(), true]);
    assert.deepEqual(file.read(2n ** 64n - 1n, 4n), [new Uint8Array(Buffer.from("o")), true]);
    assert.deepEqual(file.read(0n, 0n), [new Uint8Array(), false]);
    assert.equal(file.write(Buffer.from("!"), 8n), 1n);
    assert.equal(get(base, "a"), "hello\0\0\0!");
  });

  it("answers for offsets and sizes that no file has", () => {
    using lab = new MountLab();
    const base = lab.open();
    put(base, "a", "hello");
    const file = openFile(base, "a");
    assertFails("overflow", () => file.read(1n, 2n ** 64n - 1n));
    assertFails("file-too-large", () => file.write(Buffer.from("x"), 2n ** 64n - 1n));
    assertFails("file-too-large", () => file.setSize(2n ** 64n - 1n));
    assertFails("overflow", () => file.readViaStream(2n ** 64n - 1n));
    assertFails("file-too-large", () => file.writeViaStream(2n ** 63n));
    assert.deepEqual(file.read(10n, 2n ** 53n - 1n), [new Uint8Array(), true]);
    assert.equal(get(base, "a"), "hello");
  });

  it("moves at most a mebibyte in a call", () => {
    using lab = new MountLab();
    const base = lab.open();
    const file = openFile(base, "a", { create: true });
    const bytes = new Uint8Array((1 << 20) + 5).fill(7);
    assert.equal(file.write(bytes, 0n), 1n << 20n);
    assert.equal(file.write(bytes.subarray(0, 5), 1n << 20n), 5n);
    const [first, atEnd] = file.read(2n ** 40n, 0n);
    assert.equal(first.length, 1 << 20);
    assert.equal(atEnd, false);
    assert.deepEqual(file.read(2n ** 40n, 1n << 20n), [new Uint8Array(5).fill(7), true]);
  });

  it("reads files that have no size before they are read", () => {
    using lab = new MountLab();
    const base = lab.open();
    writeFileSync(join(lab.inside, "grows"), "");
    const file = openFile(base, "grows");
    assert.deepEqual(file.read(10n, 0n), [new Uint8Array(), true]);
    writeFileSync(join(lab.inside, "grows"), "more");
    assert.equal(Buffer.from(file.read(10n, 0n)[0]).toString(), "more");
  });

  it("refuses to read and write what was not opened for it", () => {
    using lab = new MountLab();
    const base = lab.open();
    put(base, "a", "hello");
    const reader = openFile(base, "a", {}, { read: true });
    const writer = openFile(base, "a", {}, { write: true });
    const neither = openFile(base, "a", {}, {});
    assertFails("bad-descriptor", () => writer.read(1n, 0n));
    assertFails("bad-descriptor", () => writer.readViaStream(0n));
    for (const file of [reader, neither]) {
      assertFails("bad-descriptor", () => file.write(Buffer.from("x"), 0n));
      assertFails("bad-descriptor", () => file.writeViaStream(0n));
      assertFails("bad-descriptor", () => file.appendViaStream());
      assertFails("bad-descriptor", () => file.setSize(0n));
    }
    assertFails("bad-descriptor", () => neither.read(1n, 0n));
    assert.equal(neither.stat().size, 5n);
    assert.equal(reader.getFlags().read, true);
    assert.equal(reader.getFlags().write, undefined);
  });

  it("tells files and directories apart", () => {
    using lab = new MountLab();
    const base = lab.open();
    put(base, "a", "hello");
    const file = openFile(base, "a");
    for (const act of [
      () => base.read(1n, 0n),
      () => base.write(Buffer.from("x"), 0n),
      () => base.readViaStream(0n),
      () => base.setSize(0n),
      () => base.advise(0n, 0n, "normal"),
      () => openFile(base, "."),
      () => openFile(base, ".", { truncate: true }, {}),
    ]) {
      assertFails("is-directory", act);
    }
    for (const act of [
      () => file.readDirectory(),
      () => file.openAt(FOLLOW, "b", {}, { read: true }),
      () => file.statAt(FOLLOW, "b"),
      () => file.createDirectoryAt("b"),
      () => openFile(base, "a", { directory: true }, { read: true }),
      () => openFile(base, "a/"),
      () => base.statAt(FOLLOW, "a/."),
      () => base.statAt(FOLLOW, "a/b"),
    ]) {
      assertFails("not-directory", act);
    }
    file.advise(0n, 10n, "will-need");
    assert.equal(base.getType(), "directory");
    assert.equal(file.getType(), "regular-file");
  });

  it("opens files as the flags say", () => {
    using lab = new MountLab();
    const base = lab.open();
    assertFails("no-entry", () => openFile(base, "a"));
    openFile(base, "a", { create: true, exclusive: true }).write(Buffer.from("one"), 0n);
    assertFails("exist", () => openFile(base, "a", { create: true, exclusive: true }));
    openFile(base, "a", { create: true });
    assert.equal(get(base, "a"), "one");
    openFile(base, "a", { truncate: true });
    assert.equal(get(base, "a"), "");
    base.createDirectoryAt("d");
    assertFails("invalid", () => openFile(base, "d", { directory: true, create: true }));
    assertFails("is-directory", () => openFile(base, "new/", { create: true }));
    assertFails("is-directory", () => openFile(base, "d", { create: true }, { read: true }));
    assert.deepEqual(list(base), ["a", "d"]);
  });

  it("sets times and leaves alone what is not to change", () => {
    using lab = new MountLab();
    const base = lab.open();
    put(base, "a", "hello");
    base.symlinkAt("a", "s");
    utimesSync(join(lab.inside, "a"), 1000.25, 2000.5);
    const file = openFile(base, "a", {}, {});
    file.setTimes({ tag: "no-change" }, at(7n));
    const { dataAccessTimestamp, dataModificationTimestamp } = file.stat();
    assert.deepEqual(dataAccessTimestamp, { seconds: 1000n, nanoseconds: 250_000_000 });
    assert.deepEqual(dataModificationTimestamp, { seconds: 7n, nanoseconds: 500_000_000 });
    base.setTimesAt(NO_FOLLOW, "s", at(8n), at(9n));
    assert.equal(lstatSync(join(lab.inside, "s")).mtimeMs, 9500);
    assert.equal(statSync(join(lab.inside, "a")).mtimeMs, 7500);
    base.setTimesAt(FOLLOW, "s", at(8n), { tag: "no-change" });
    assert.equal(statSync(join(lab.inside, "a")).atimeMs, 8500);
    assert.equal(statSync(join(lab.inside, "a")).mtimeMs, 7500);
    const before = Date.now() - 1;
    file.setTimes({ tag: "now" }, { tag: "now" });
    assert.ok(statSync(join(lab.inside, "a")).mtimeMs >= before);
    base.setTimes(at(1n), at(2n));
    assert.equal(statSync(lab.inside).mtimeMs, 2500);
    const late = { tag: "timestamp", val: { seconds: 2n ** 64n - 1n, nanoseconds: 0 } } as const;
    assertFails("overflow", () => file.setTimes(late, late));
    const wrong = { tag: "timestamp", val: { seconds: 1n, nanoseconds: 2 ** 32 - 1 } } as const;
    assertFails("invalid", () => file.setTimes(wrong, wrong));
  });

  it("says whether two descriptors are of one object, and hashes what changes with it", () => {
    using lab = new MountLab();
    const base = lab.open();
    put(base, "a", "hello");
    put(base, "b", "hello");
    base.linkAt(NO_FOLLOW, "a", base, "c");
    const file = openFile(base, "a");
    assert.equal(file.isSameObject(openFile(base, "c")), true);
    assert.equal(file.isSameObject(openFile(base, "b")), false);
    assert.equal(base.isSameObject(lab.open()), true);
    const hash = file.metadataHash();
    assert.deepEqual(base.metadataHashAt(FOLLOW, "c"), hash);
    assert.notDeepEqual(base.metadataHashAt(FOLLOW, "b"), hash);
    file.write(Buffer.from("longer than before"), 0n);
    assert.notDeepEqual(file.metadataHash(), hash);
  });
});

function at(seconds: bigint): NewTimestamp {
  return { tag: "timestamp", val: { seconds, nanoseconds: 500_000_000 } };
}
