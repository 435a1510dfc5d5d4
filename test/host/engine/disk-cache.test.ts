import assert from "node:assert/strict";
import { mkdtemp, readdir, readFile, rm, stat, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, it } from "mocha";
import { DiskCache } from "../../../host/engine/disk-cache.ts";

describe("DiskCache", () => {
  let directory: string;
  let log: string[];
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), "islet-cache-"));
    log = [];
  });
  afterEach(async () => {
    await rm(directory, { recursive: true, force: true });
  });

  const open = (at = directory, capacity = 1 << 20): DiskCache =>
    new DiskCache({ directory: at, capacity, log: (message) => log.push(message) });
  const fileOf = (name: string): string => join(directory, `${name}.islet`);

  it("reads what was written, also by another cache on the directory", async () => {
    await open().write("a", bytes(100));
    assert.deepEqual(new Uint8Array((await open().read("a")) ?? []), bytes(100));
    assert.equal(await open().read("b"), undefined);
    assert.deepEqual(log, []);
  });

  it("makes a directory that is missing, for its owner only", async () => {
    const at = join(directory, "x", "y");
    await open(at).write("a", bytes(1));
    assert.deepEqual(await readdir(at), ["a.islet"]);
    assert.equal((await stat(at)).mode & 0o777, 0o700);
  });

  it("notices damage at any place, and removes the file", async () => {
    await open().write("a", bytes(64));
    const good = await readFile(fileOf("a"));
    for (const at of [0, 9, 20, good.length - 1]) {
      const bad = Buffer.from(good);
      bad[at] = (bad[at] ?? 0) ^ 1;
      await writeFile(fileOf("a"), bad);
      assert.equal(await open().read("a"), undefined);
      assert.deepEqual(await readdir(directory), []);
    }
    for (const length of [0, 5, 39, 40, good.length - 1]) {
      await writeFile(fileOf("a"), good.subarray(0, length));
      assert.equal(await open().read("a"), undefined, `${length} bytes`);
    }
    await writeFile(fileOf("a"), Buffer.concat([good, Buffer.from([0])]));
    assert.equal(await open().read("a"), undefined);
  });

  it("notices a file under another's name", async () => {
    await open().write("a", bytes(64));
    await writeFile(fileOf("b"), await readFile(fileOf("a")));
    assert.equal(await open().read("b"), undefined);
  });

  it("serves many writers and readers of one name at once", async () => {
    const caches = Array.from({ length: 8 }, () => open());
    await Promise.all(
      caches.map(async (cache, index) => {
        for (let i = 0; i < 20; i++) {
          await cache.write("a", bytes(5000, index));
          const read = await cache.read("a");
          assert.ok(read !== undefined && read.every((byte) => byte === read[0]));
        }
      }),
    );
    assert.deepEqual(await readdir(directory), ["a.islet"]);
    assert.deepEqual(log, []);
  });

  it("removes the least recently used files beyond its capacity", async () => {
    const cache = open(directory, 3000);
    for (const [index, name] of ["a", "b", "c"].entries()) {
      await cache.write(name, bytes(900));
      const time = new Date(2000, 1, 1 + index);
      await utimes(fileOf(name), time, time);
    }
    await cache.read("a");
    await cache.write("d", bytes(900));
    assert.deepEqual((await readdir(directory)).toSorted(), ["a.islet", "c.islet", "d.islet"]);
  });

  it("does not keep what is larger than its capacity", async () => {
    const cache = open(directory, 1000);
    await cache.write("a", bytes(100));
    await cache.write("b", bytes(1000));
    assert.deepEqual(await readdir(directory), ["a.islet"]);
  });

  it("removes the temporary files of killed hosts, not those of live ones", async () => {
    await writeFile(join(directory, "old.tmp"), "");
    await writeFile(join(directory, "new.tmp"), "");
    await writeFile(join(directory, "foreign.txt"), "");
    const hourAgo = new Date(Date.now() - 3_600_000);
    await utimes(join(directory, "old.tmp"), hourAgo, hourAgo);
    await open().write("a", bytes(1));
    assert.deepEqual((await readdir(directory)).toSorted(), ["a.islet", "foreign.txt", "new.tmp"]);
  });

  it("says once that the directory is a file, and works without", async () => {
    const file = join(directory, "file");
    await writeFile(file, "");
    const cache = open(file);
    await cache.write("a", bytes(1));
    assert.equal(await cache.read("a"), undefined);
    await cache.write("a", bytes(1));
    assert.equal(log.length, 1);
    assert.match(log[0] ?? "", /^Cannot write the compiler cache .*; compiling without it$/);
  });

  it("uses the directory again once it is usable", async () => {
    const at = join(directory, "later");
    await writeFile(at, "");
    const cache = open(at);
    await cache.write("a", bytes(1));
    await rm(at);
    await cache.write("a", bytes(3));
    assert.equal((await cache.read("a"))?.length, 3);
  });
});

function bytes(length: number, fill = 7): Uint8Array {
  return new Uint8Array(length).fill(fill);
}
