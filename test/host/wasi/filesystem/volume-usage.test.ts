import assert from "node:assert/strict";
import { readdirSync, unlinkSync } from "node:fs";
import { join } from "node:path";
import { Worker } from "node:worker_threads";
import { once } from "node:events";
import { describe, it } from "mocha";
import { assertFails, get, MountLab, NO_FOLLOW, openFile, put } from "./lab.ts";

const ENTRY = 4096n;

function usedOf({ limit }: MountLab): bigint {
  assert.ok(limit !== undefined);
  return new BigInt64Array(limit.used)[0] ?? 0n;
}

function setUsed({ limit }: MountLab, bytes: bigint): void {
  assert.ok(limit !== undefined);
  new BigInt64Array(limit.used)[0] = bytes;
}

describe("VolumeUsage", () => {
  it("counts what files, directories and links take", () => {
    using lab = new MountLab(1 << 20);
    const base = lab.open();
    put(base, "a", "hello");
    assert.equal(usedOf(lab), ENTRY + 5n);
    put(base, "a", "hi");
    assert.equal(usedOf(lab), ENTRY + 2n);
    base.createDirectoryAt("d");
    base.symlinkAt("a", "s");
    base.linkAt(NO_FOLLOW, "a", base, "d/b");
    assert.equal(usedOf(lab), 4n * ENTRY + 2n);
    base.unlinkFileAt("a");
    assert.equal(usedOf(lab), 3n * ENTRY + 2n);
    put(base, "c", "12345");
    base.renameAt("c", base, "d/b");
    assert.equal(usedOf(lab), 3n * ENTRY + 5n);
    base.unlinkFileAt("d/b");
    base.unlinkFileAt("s");
    base.removeDirectoryAt("d");
    assert.equal(usedOf(lab), 0n);
  });

  it("counts holes, and gives back what a shorter file leaves", () => {
    using lab = new MountLab(100_000);
    const base = lab.open();
    const file = openFile(base, "a", { create: true });
    file.setSize(90_000n);
    assert.equal(usedOf(lab), ENTRY + 90_000n);
    assertFails("insufficient-space", () => file.setSize(2n ** 50n));
    assertFails("insufficient-space", () => file.write(Buffer.from("x"), 1n << 30n));
    assert.equal(file.write(Buffer.from("inside"), 0n), 6n);
    file.setSize(10n);
    assert.equal(usedOf(lab), ENTRY + 10n);
  });

  it("counts nothing for what failed", () => {
    using lab = new MountLab(1 << 20);
    const base = lab.open();
    put(base, "a", "hello");
    const used = usedOf(lab);
    assertFails("exist", () => base.createDirectoryAt("a"));
    assertFails("exist", () => base.symlinkAt("x", "a"));
    assertFails("exist", () => base.linkAt(NO_FOLLOW, "a", base, "a"));
    assertFails("no-entry", () => put(base, "d/a", ""));
    assertFails("not-directory", () => base.removeDirectoryAt("a"));
    assertFails("no-entry", () => base.unlinkFileAt("b"));
    assertFails("no-entry", () => base.renameAt("b", base, "a"));
    assert.equal(usedOf(lab), used);
  });

  it("counts a deleted file until it is closed", () => {
    using lab = new MountLab(20_000);
    const base = lab.open();
    put(base, "a", "x".repeat(10_000));
    const file = openFile(base, "a");
    const stream = file.readViaStream(0n);
    base.unlinkFileAt("a");
    assert.equal(usedOf(lab), 10_000n);
    assertFails("insufficient-space", () => put(base, "b", "x".repeat(10_000)));
    file.write(Buffer.from("more"), 10_000n);
    file[Symbol.dispose]();
    assert.equal(usedOf(lab), ENTRY + 10_004n);
    stream[Symbol.dispose]();
    assert.equal(usedOf(lab), ENTRY);
    put(base, "b", "x".repeat(10_000));
  });

  it("measures anew before it refuses, and counts deleted files that are open", () => {
    using lab = new MountLab(30_000);
    const base = lab.open();
    put(base, "a", "x".repeat(10_000));
    const file = openFile(base, "a");
    base.unlinkFileAt("a");
    base.createDirectoryAt("d");
    put(base, "d/b", "hello");
    setUsed(lab, 29_999n);
    put(base, "c", "");
    assert.equal(usedOf(lab), 10_000n + 5n + 3n * ENTRY);
    file[Symbol.dispose]();
    assert.equal(usedOf(lab), 5n + 3n * ENTRY);
    // Not twice in a second: it reads the whole volume.
    setUsed(lab, 29_999n);
    assertFails("insufficient-space", () => put(base, "e", ""));
  });

  it("notices what others removed when it measures", () => {
    using lab = new MountLab(20_000);
    const base = lab.open();
    put(base, "a", "x".repeat(15_000));
    unlinkSync(join(lab.inside, "a"));
    put(base, "b", "x".repeat(15_000));
    assert.equal(get(base, "b").length, 15_000);
  });

  it("is shared by threads", async () => {
    using lab = new MountLab(1 << 20);
    const worker = new Worker(
      `const { workerData } = require("node:worker_threads");
      Atomics.add(new BigInt64Array(workerData.used), 0, ${(1n << 20n) - 5000n}n);`,
      { eval: true, workerData: lab.limit },
    );
    await once(worker, "exit");
    const base = lab.open();
    const file = openFile(base, "a", { create: true });
    assert.equal(usedOf(lab), (1n << 20n) - 5000n + ENTRY);
    // The other thread's bytes are nowhere on the disk: measuring finds that out.
    assert.equal(file.write(new Uint8Array(2000), 0n), 2000n);
    assert.equal(usedOf(lab), ENTRY + 2000n);
    assert.deepEqual(readdirSync(lab.inside), ["a"]);
  });
});
