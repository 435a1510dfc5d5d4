import assert from "node:assert/strict";
import { closeSync, fstatSync, openSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "mocha";
import type { LowerOptions } from "../../../../host/wasi/cabi.ts";
import { Descriptor } from "../../../../host/wasi/filesystem/descriptor.ts";
import { coreFunction, dropHandle, emptyTable, giveHandle, TestMemory } from "../core-function.ts";
import { get, MountLab, openFile, put } from "./lab.ts";
import "../../../../host/wasi/filesystem/descriptor-abi.ts";

const RESULT = 64;

function core(name: "read" | "write", options: LowerOptions): ReturnType<typeof coreFunction> {
  const method: unknown = Reflect.get(Descriptor.prototype, name);
  assert.ok(typeof method === "function");
  return coreFunction(method, options);
}

function prepare(base: Descriptor, flags = { read: true, write: true }) {
  const memory = new TestMemory();
  const table = emptyTable();
  const handle = giveHandle(table, openFile(base, "a", {}, flags));
  const options: LowerOptions = {
    memory: memory.memory,
    realloc: memory.realloc,
    resourceTables: [table],
  };
  return { memory, handle, options };
}

describe("The fast paths of Descriptor", () => {
  it("read into memory that the guest allocates", () => {
    using lab = new MountLab();
    put(lab.open(), "a", "hello");
    const { memory, handle, options } = prepare(lab.open());
    const read = core("read", options);
    read(handle, 3n, 1n, RESULT);
    assert.equal(memory.view.getUint8(RESULT), 0);
    assert.equal(memory.textAt(RESULT + 4), "ell");
    assert.equal(memory.view.getUint8(RESULT + 12), 0);
    // A u64 arrives as a signed number.
    read(handle, -1n, 0n, RESULT);
    assert.equal(memory.textAt(RESULT + 4), "hello");
    assert.equal(memory.view.getUint8(RESULT + 12), 1);
    assert.deepEqual(memory.allocations, [3, 5]);
  });

  it("read no file but their own where the guest drops the descriptor while it allocates", () => {
    using lab = new MountLab();
    const secret = join(lab.outside, "secret");
    writeFileSync(secret, "Of another workload");
    put(lab.open(), "a", "x".repeat(19));
    const memory = new TestMemory();
    const table = emptyTable();
    const descriptor = openFile(lab.open(), "a");
    const { fd } = descriptor.access.file;
    const handle = giveHandle(table, descriptor);
    const others: number[] = [];
    const options: LowerOptions = {
      memory: memory.memory,
      resourceTables: [table],
      realloc: (...args) => {
        dropHandle(table, handle);
        // Somebody else in the process opens a file, which gets the lowest number that is free.
        while (others.at(-1) !== fd && others.length < 8) others.push(openSync(secret, "r"));
        return memory.realloc(...args);
      },
    };
    try {
      core("read", options)(handle, 19n, 0n, RESULT);
    } finally {
      for (const other of others) closeSync(other);
    }
    assert.equal(memory.textAt(RESULT + 4), "x".repeat(19));
    assert.throws(() => fstatSync(fd), { code: "EBADF" });
  });

  it("write from memory", () => {
    using lab = new MountLab();
    put(lab.open(), "a", "hello");
    const { memory, handle, options } = prepare(lab.open());
    const write = core("write", options);
    const [pointer, length] = memory.put("HE");
    write(handle, pointer, length, 0n, RESULT);
    assert.deepEqual(memory.bytesAt(RESULT, 1), [0]);
    assert.equal(memory.view.getBigUint64(RESULT + 8, true), 2n);
    assert.equal(get(lab.open(), "a"), "HEllo");
    assert.throws(() => write(handle, 60_000_000, 10, 0n, RESULT), RangeError);
  });

  it("answer with error-codes by their number", () => {
    using lab = new MountLab();
    put(lab.open(), "a", "hello");
    const { memory, handle, options } = prepare(lab.open(), { read: false, write: false });
    core("read", options)(handle, 1n, 0n, RESULT);
    assert.equal(memory.view.getUint8(RESULT), 1);
    assert.equal(memory.view.getUint8(RESULT + 4), 3);
    core("write", options)(handle, 0, 1, -1n, RESULT);
    assert.equal(memory.view.getUint8(RESULT), 1);
    assert.equal(memory.view.getUint8(RESULT + 8), 3);
    const writable = prepare(lab.open());
    core("write", writable.options)(writable.handle, 0, 1, -1n, RESULT);
    assert.equal(writable.memory.view.getUint8(RESULT + 8), 8);
    core("read", writable.options)(writable.handle, 1n, -1n, RESULT);
    assert.equal(writable.memory.view.getUint8(RESULT + 4), 30);
  });

  it("trap where a handle is none of the guest's", () => {
    using lab = new MountLab();
    put(lab.open(), "a", "hello");
    const { options } = prepare(lab.open());
    assert.throws(() => core("read", options)(9, 1n, 0n, RESULT), RangeError);
  });
});
