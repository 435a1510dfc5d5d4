import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { type NetworkQuota, NO_QUOTA } from "../../../../host/network/quota.ts";
import { DescriptorQuota } from "../../../../host/wasi/filesystem/descriptor-quota.ts";
import {
  assertFails,
  FOLLOW,
  get,
  list,
  MountLab,
  NO_FOLLOW,
  openDescriptors,
  openFile,
  put,
} from "./lab.ts";

describe("What a guest may do with descriptors", () => {
  it("changes nothing of a volume that is mounted read-only", () => {
    using lab = new MountLab();
    put(lab.open(), "a", "hello");
    lab.open().createDirectoryAt("d");
    const base = lab.open(true);
    const directory = base.openAt(FOLLOW, "d", { directory: true }, { read: true });
    const file = openFile(base, "a", {}, { read: true });
    const now = { tag: "now" } as const;
    const writable = lab.open();
    for (const act of [
      () => openFile(base, "a"),
      () => openFile(base, "a", {}, { write: true }),
      () => openFile(base, "a", { truncate: true }, { read: true }),
      () => openFile(base, "b", { create: true }, { read: true }),
      () => openFile(base, "d", {}, { mutateDirectory: true }),
      () => openFile(directory, "b", { create: true }),
      () => base.createDirectoryAt("e"),
      () => directory.createDirectoryAt("e"),
      () => base.removeDirectoryAt("d"),
      () => base.unlinkFileAt("a"),
      () => base.symlinkAt("a", "s"),
      () => base.linkAt(NO_FOLLOW, "a", base, "b"),
      () => base.linkAt(NO_FOLLOW, "a", writable, "b"),
      () => writable.linkAt(NO_FOLLOW, "a", base, "b"),
      () => base.renameAt("a", base, "b"),
      () => base.renameAt("a", writable, "b"),
      () => writable.renameAt("a", base, "b"),
      () => base.setTimes(now, now),
      () => base.setTimesAt(FOLLOW, "a", now, now),
      () => file.setTimes(now, now),
      () => file.setSize(0n),
      () => file.write(Buffer.from("x"), 0n),
      () => file.writeViaStream(0n),
      () => file.appendViaStream(),
    ]) {
      assertFails("read-only", act);
    }
    assert.equal(get(base, "a"), "hello");
    assert.deepEqual(list(base), ["a", "d"]);
    assert.equal(base.getFlags().mutateDirectory, false);
    assert.equal(file.sync(), undefined);
  });

  it("links and renames within one volume only", () => {
    using lab = new MountLab();
    using other = new MountLab();
    const base = lab.open();
    put(base, "a", "hello");
    const elsewhere = other.open();
    assertFails("cross-device", () => base.renameAt("a", elsewhere, "a"));
    assertFails("cross-device", () => base.linkAt(NO_FOLLOW, "a", elsewhere, "a"));
    base.renameAt("a", lab.open(), "b");
    assert.deepEqual(list(base), ["b"]);
  });

  it("has a bounded number of files and streams open", () => {
    using lab = new MountLab();
    const quota = new DescriptorQuota(NO_QUOTA, 5);
    const base = lab.open(false, quota);
    put(base, "a", "hello");
    const file = openFile(base, "a");
    const stream = file.readViaStream(0n);
    const appending = file.appendViaStream();
    // A stream that appends has a descriptor of its own.
    assert.equal(quota.used, 5);
    for (const act of [
      () => openFile(base, "a"),
      () => openFile(base, "new", { create: true }),
      () => file.readViaStream(0n),
      () => file.writeViaStream(0n),
      () => file.appendViaStream(),
      () => base.readDirectory(),
    ]) {
      assertFails("insufficient-memory", act);
    }
    stream[Symbol.dispose]();
    appending[Symbol.dispose]();
    assert.deepEqual(list(base), ["a"]);
    assert.equal(quota.used, 2);
  });

  it("shares what the workload may have open with its other guests", () => {
    using lab = new MountLab();
    let free = 3;
    const shared: NetworkQuota = {
      ...NO_QUOTA,
      acquire: (kind, count) => {
        assert.equal(kind, "file");
        if (free < count) return false;
        free -= count;
        return true;
      },
      hasRoom: (_kind, count) => free >= count,
      release: (_kind, count) => void (free += count),
    };
    const one = lab.open(false, new DescriptorQuota(shared));
    const other = lab.open(false, new DescriptorQuota(shared));
    const file = openFile(one, "a", { create: true });
    assertFails("insufficient-memory", () => openFile(other, "a"));
    assertFails("insufficient-memory", () => file.readViaStream(0n));
    assertFails("insufficient-memory", () => openFile(other, "new", { create: true }));
    file[Symbol.dispose]();
    openFile(other, "a");
    assert.equal(free, 0);
  });

  it("closes everything with its guest", () => {
    const before = openDescriptors();
    const quota = new DescriptorQuota();
    {
      using lab = new MountLab();
      const base = lab.open(false, quota);
      put(base, "a", "hello");
      base.createDirectoryAt("d");
      for (let count = 0; count < 10; count += 1) {
        const file = openFile(base, "a");
        file.readViaStream(0n);
        void file.writeViaStream(0n).blockingWriteAndFlush(Buffer.from("x"));
        file.appendViaStream();
        base.openAt(FOLLOW, "d", {}, {}).readDirectory();
      }
      assert.ok(quota.used > 50);
    }
    assert.equal(quota.used, 0);
    assert.equal(openDescriptors(), before);
  });
});
