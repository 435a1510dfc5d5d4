import assert from "node:assert/strict";
import { parse } from "@bytecodealliance/jco-transpile/wasm-tools";
import { describe, it } from "mocha";
import {
  type CapOptions,
  capMemories,
  MEMORIES_MAX,
  TABLE_ENTRIES_MAX,
} from "../../../host/engine/memory-cap.ts";
import { PAGE_BYTES } from "../../../host/engine/memory-limits.ts";

/** The only module of a component, capped. */
function capMemory(bytes: Uint8Array, limit: number): Uint8Array {
  return capAll([bytes], { limit, asksToGrow: true })[0] ?? bytes;
}

/** The modules of a component, capped, of which it has one instance each, or as many as `counts` says. */
function capAll(
  modules: readonly Uint8Array[],
  options: Omit<CapOptions, "instances">,
  counts: readonly number[] = modules.map(() => 1),
): Uint8Array[] {
  const cores = new Map(modules.map((bytes, index) => [`${index}`, bytes]));
  const instances = new Map(counts.map((count, index) => [`${index}`, count]));
  return [...capMemories(cores, { ...options, instances }).values()];
}

/** By how much the memory or table of a module grows, asked for one after the other. */
function room(bytes: Uint8Array): number {
  let grown = 0;
  while (grow(bytes, grown + 1) !== -1) grown += 1;
  return grown;
}

function grow(bytes: Uint8Array, pages: number): unknown {
  const { grow } = new WebAssembly.Instance(new WebAssembly.Module(bytes)).exports;
  assert.ok(typeof grow === "function");
  return grow(pages);
}

const module = (memory: string, type = "i32"): Promise<Uint8Array> =>
  parse(`(module ${memory} (func (export "grow") (param ${type}) (result ${type})
    (memory.grow (local.get 0))) (data (i32.const 0) "x"))`);

const table = (limits: string): Promise<Uint8Array> =>
  parse(`(module (table ${limits} funcref) (func (export "grow") (param i32) (result i32)
    (table.grow (ref.null func) (local.get 0))))`);

/** Caps modules with these memories at 16 pages together, with as many instances as `counts` says. */
async function checkRooms(memories: string[], counts: number[], rooms: number[]): Promise<void> {
  const modules = await Promise.all(memories.map((memory) => module(`(memory ${memory})`)));
  const options = { limit: 16 * PAGE_BYTES + 5, asksToGrow: false };
  assert.deepEqual(capAll(modules, options, counts).map(room), rooms);
}

describe("capMemories", () => {
  it("makes memory.grow fail beyond the limit", async () => {
    const bytes = capMemory(await module("(memory 2)"), 50 * PAGE_BYTES);
    assert.equal(grow(bytes, 49), -1);
    assert.equal(grow(bytes, 48), 2);
  });

  it("keeps a maximum that is below the limit, and rounds the limit down to pages", async () => {
    assert.equal(grow(capMemory(await module("(memory 1 3)"), 50 * PAGE_BYTES), 3), -1);
    const bytes = capMemory(await module("(memory 1 9)"), 3 * PAGE_BYTES - 1);
    assert.equal(grow(bytes, 2), -1);
    assert.equal(grow(bytes, 1), 1);
  });

  it("returns a module without memories as it is", async () => {
    const bytes = await parse("(module (func))");
    assert.equal(capMemory(bytes, PAGE_BYTES), bytes);
  });

  it("caps memories with 64-bit addresses", async () => {
    const bytes = capMemory(
      await parse(`(module (memory i64 1) (func (export "grow") (param i64) (result i64)
        (memory.grow (local.get 0))))`),
      2 * PAGE_BYTES,
    );
    const { grow } = new WebAssembly.Instance(new WebAssembly.Module(bytes)).exports;
    assert.ok(typeof grow === "function");
    assert.equal(grow(2n), -1n);
    assert.equal(grow(1n), 1n);
  });

  it("names both sizes if a memory starts larger than the limit", async () => {
    const bytes = await module("(memory 160)");
    assert.throws(() => capMemory(bytes, 8 * 2 ** 20), {
      code: "memory-limit",
      message: "Memory starts with 10 MiB, the limit is 8 MiB (limits.memory)",
    });
    assert.throws(() => capMemory(bytes, 0), { code: "memory-limit" });
  });

  it("caps the memory of a module that has a section named as ours, before it or behind", async () => {
    const custom = [...Buffer.from("\u000cislet:memory"), 0];
    const section = [0, custom.length, ...custom];
    const preamble = [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0];
    const rest = [7, 5, 1, 1, 0x6d, 2, 0]; // (export "m" (memory 0))
    for (const memory of [
      [...section, 5, 3, 1, 0, 1],
      [5, 3, 1, 0, 1, ...section],
    ]) {
      const capped = capMemory(Uint8Array.from([...preamble, ...memory, ...rest]), 16 * PAGE_BYTES);
      const { m } = new WebAssembly.Instance(new WebAssembly.Module(capped.slice())).exports;
      assert.ok(m instanceof WebAssembly.Memory);
      assert.throws(() => m.grow(16), RangeError);
      assert.equal(m.grow(15), 1);
    }
  });

  it("counts what all memories of all instances start with", async () => {
    const [one, two] = [await module("(memory 64)"), await module("(memory 1) (memory 31)")];
    const message =
      "Memories of an instance together start with 8 MiB, the limit is 7.94 MiB (limits.memory)";
    for (const asksToGrow of [true, false]) {
      const options = { limit: 127 * PAGE_BYTES, asksToGrow };
      assert.throws(() => capAll([one, two], options, [1, 2]), { code: "memory-limit", message });
      assert.equal(capAll([one, two], { ...options, limit: 2 ** 23 }, [1, 2]).length, 2);
    }
  });

  it("refuses more memories than the addresses of a process are for", async () => {
    const modules = [await module("(memory 1 1)"), await module("(memory 0) (memory 1 1)")];
    const options = { limit: 2 ** 30, asksToGrow: true };
    assert.equal(capAll(modules, options, [MEMORIES_MAX - 2, 1]).length, 2);
    assert.throws(() => capAll(modules, options, [MEMORIES_MAX - 1, 1]), {
      code: "unsupported",
      message: `An instance has ${MEMORIES_MAX + 1} memories, at most ${MEMORIES_MAX} are supported`,
    });
  });

  it("lets each memory have the whole limit where all code asks before it grows", async () => {
    const modules = [await module("(memory 2)"), await module("(memory 3 5)")];
    const options = { limit: 16 * PAGE_BYTES, asksToGrow: true };
    assert.deepEqual(capAll(modules, options).map(room), [14, 2]);
  });

  it("shares out what is left where some code does not ask", async () => {
    await checkRooms(["1"], [1], [15]);
    await checkRooms(["1", "2"], [1, 1], [6, 7]);
    await checkRooms(["1", "8 8"], [1, 1], [7, 0]);
    await checkRooms(["1", "1", "1 3"], [1, 1, 1], [5, 6, 2]);
    await checkRooms(["1 3", "2"], [4, 1], [2, 2]);
    await checkRooms(["1 2", "2"], [4, 1], [1, 6]);
    await checkRooms(["15", "1"], [1, 1], [0, 0]);
  });

  it("bounds the sum of all tables", async () => {
    const options = { limit: PAGE_BYTES, asksToGrow: true };
    const check = (modules: Uint8Array[], grown: number[]): void => {
      for (const [index, bytes] of capAll(modules, options).entries()) {
        assert.equal(grow(bytes, (grown[index] ?? 0) + 1), -1);
        assert.notEqual(grow(bytes, grown[index] ?? 0), -1);
      }
    };
    check([await table("3")], [TABLE_ENTRIES_MAX - 3]);
    check([await table("2 9"), await table("0")], [7, TABLE_ENTRIES_MAX - 9]);
    check([await table("0"), await table("0")], [TABLE_ENTRIES_MAX / 2, TABLE_ENTRIES_MAX / 2]);
    const one = await table("1 1");
    const large = await table(`${TABLE_ENTRIES_MAX / 2}`);
    assert.throws(() => capAll([large, one], options, [2, 1]), {
      code: "memory-limit",
      message: `Tables of an instance together start with ${TABLE_ENTRIES_MAX + 1} entries, the limit is ${TABLE_ENTRIES_MAX}`,
    });
  });

  it("keeps the initial values of a table", async () => {
    for (const value of ["(ref.func $f)", "(ref.null func)"]) {
      const bytes = await parse(`(module (func $f) (elem declare func $f)
        (table $a 1 externref) (table $t 2 funcref ${value})
        (func (export "grow") (param i32) (result i32)
          (if (result i32) (ref.is_null (table.get $t (i32.const 1)))
            (then (i32.const 1000))
            (else (table.grow $t (ref.null func) (local.get 0))))))`);
      assert.equal(
        grow(capMemory(bytes, 0), TABLE_ENTRIES_MAX),
        value.includes("null") ? 1000 : -1,
      );
    }
    const objects = await parse(`(module (type $p (struct (field i32))) (type $a (array i8))
      (table (export "t") 2 (ref $p) (struct.new $p (i32.const 4)))
      (table 2 (ref $a) (array.new_fixed $a 2 (i32.const 4) (i32.const 5)))
      (table 1 (ref i31) (ref.i31 (i32.const -1))))`);
    assert.ok(WebAssembly.validate(capMemory(objects, 0)));
  });

  it("refuses shared memories", async () => {
    const bytes = await parse("(module (memory 1 2 shared))");
    assert.throws(() => capMemory(bytes, 4 * PAGE_BYTES), { code: "unsupported" });
  });

  it("refuses a malformed memory or table section", () => {
    const preamble = [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0];
    const check = (section: number[], code: string, id = 5): void => {
      const bytes = Uint8Array.from([...preamble, id, section.length, ...section]);
      assert.throws(() => capMemory(bytes, PAGE_BYTES), { code });
    };
    check([1], "truncated");
    check([1, 0], "truncated");
    check([1, 0x40, 1], "invalid-component");
    check([1, 0x08, 1], "unsupported");
    check([1, 0, 1, 0], "invalid-component");
    check([0xff, 0xff, 0xff, 0xff, 0x0f, 0, 1], "truncated");
    check([1, 0x70, 0], "truncated", 4);
    check([1, 0x70, 2, 1], "unsupported", 4);
    check([1, 0x70, 0x40, 1], "invalid-component", 4);
    check([1, 0x70, 0, 1, 0], "invalid-component", 4);
    check([1, 0x40, 0, 0x70, 0, 1, 0xd0, 0x70], "truncated", 4);
    check([1, 0x40, 0, 0x70, 0, 1, 0xfb, 2, 0x0b], "unsupported", 4);
  });
});
