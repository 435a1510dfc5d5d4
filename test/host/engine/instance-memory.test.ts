import assert from "node:assert/strict";
import { parse } from "@bytecodealliance/jco-transpile/wasm-tools";
import { after, before, describe, it } from "mocha";
import { type Compiler, createCompiler } from "../../../host/engine/compiler.ts";
import { Component } from "../../../host/engine/component.ts";
import { PAGE_BYTES } from "../../../host/engine/memory-limits.ts";

/** What all memories of an instance may hold together in these tests, in pages. */
const LIMIT = 16;

describe("the memories of an instance", () => {
  const log: string[] = [];
  let compiler: Compiler;
  let uninterrupted: Compiler;
  before(() => {
    const options = { cacheDir: undefined, log: (line: string) => log.push(line) };
    compiler = createCompiler(options);
    uninterrupted = createCompiler({ ...options, interrupts: false });
  });
  after(async () => {
    await compiler[Symbol.asyncDispose]();
    await uninterrupted[Symbol.asyncDispose]();
  });

  const load = async (text: string, by: Compiler = compiler): Promise<Component> =>
    new Component(await by.compile(await parse(text), { memory: LIMIT * PAGE_BYTES }));

  it("together hold no more than the limit, in whichever order they grow", async () => {
    const component = await load(component3("1", "1", "1"));
    for (const [first, second, third] of [
      ["a", "b", "c"],
      ["c", "a", "b"],
    ] as const) {
      const grow = instantiate(component);
      assert.equal(grow(first, 6), 1);
      assert.equal(grow(second, 8), -1);
      assert.equal(grow(second, 7), 1);
      assert.equal(grow(third, 1), -1);
      assert.equal(grow(first, 1), -1);
      assert.equal(grow(third, 0), 1);
    }
  });

  it("leave the whole limit to the one that grows, and count what did grow only", async () => {
    const component = await load(component3("1", "1 3", "2 2"));
    const grow = instantiate(component);
    assert.equal(grow("b", 3), -1);
    assert.equal(grow("c", 1), -1);
    assert.equal(grow("a", LIMIT), -1);
    assert.equal(grow("a", 0xffff_ffff), -1);
    assert.equal(grow("a", LIMIT - 4), 1);
    assert.equal(grow("a", 1), -1);
    // Each instance has a limit of its own.
    assert.equal(instantiate(component)("a", LIMIT - 4), 1);
  });

  it("are counted for each instance of a core module, and of a component within the component", async () => {
    const component = await load(`(component
      (component $inner
        ${core("m", "1")}
        (core instance $a (instantiate $m)) (core instance $b (instantiate $m))
        ${lift("a")} ${lift("b")})
      (instance $x (instantiate $inner)) (instance $y (instantiate $inner))
      (export "a" (func $x "a")) (export "b" (func $y "b")))`);
    const grow = instantiate(component);
    assert.equal(grow("a", 13), -1);
    assert.equal(grow("a", 11), 1);
    assert.equal(grow("b", 2), -1);
    assert.equal(grow("b", 1), 1);
  });

  it("are counted once, whichever module grows them", async () => {
    const component = await load(`(component
      ${core("m", "1")}
      (core module $own (memory (export "memory") 2))
      ${importer("n")}
      (core instance $a (instantiate $m))
      (core instance $o (instantiate $own))
      (core instance $b (instantiate $n (with "e" (instance $a))))
      (core instance $c (instantiate $n (with "e" (instance $o))))
      ${lift("a")} ${lift("b")} ${lift("c")})`);
    const grow = instantiate(component);
    assert.equal(grow("a", 5), 1);
    assert.equal(grow("b", 9), -1);
    assert.equal(grow("c", 2), 2);
    assert.equal(grow("b", 6), 6);
    assert.equal(grow("a", 1), -1);
    assert.equal(grow("c", 1), -1);
  });

  it("are not made where they would start with more than the limit", async () => {
    const message =
      /^Memories of an instance together start with 1\.06 MiB, the limit is 1 MiB \(limits\.memory\)$/;
    const text = component3("4", "5 5", "8");
    await assert.rejects(load(text), { code: "memory-limit", message });
    await assert.rejects(load(text, uninterrupted), { code: "memory-limit", message });
    assert.equal(instantiate(await load(component3("4", "4 4", "8")))("a", 0), 4);
  });

  it("are not made where another one grew too far before", async () => {
    const component = await load(`(component
      (core module $m (memory (export "memory") 1) (func $begin (drop (memory.grow (i32.const 12))))
        (func (export "grow") (param i32) (result i32) (memory.grow (local.get 0))) (start $begin))
      (core instance $a (instantiate $m)) (core instance $b (instantiate $m))
      (core module $k (memory 4)) (core instance $k (instantiate $k)) ${lift("a")} ${lift("b")})`);
    assert.throws(() => component.instantiate({}), {
      code: "instantiation",
      message:
        "Cannot instantiate component: Cannot make a memory of 4 pages: all of an instance hold at most 1048576 bytes together",
    });
  });

  it("stay within the limit where guests cannot be interrupted", async () => {
    const grow = instantiate(await load(component3("1", "1 3", "2 2"), uninterrupted));
    assert.equal(grow("a", 11), -1);
    assert.equal(grow("a", 10), 1);
    assert.equal(grow("b", 2), 1);
    assert.equal(grow("c", 1), -1);
    const even = instantiate(await load(component3("1", "2", "1"), uninterrupted));
    assert.deepEqual([even("a", 5), even("b", 5), even("c", 5)], [-1, -1, -1]);
    assert.deepEqual([even("a", 4), even("b", 4), even("c", 4)], [1, 2, 1]);
  });

  it("stay within the limit where there is code that is not understood", async () => {
    log.length = 0;
    const grow = instantiate(await load(component3("1", "1", "2 2", OBJECT)));
    assert.equal(log.length, 1);
    assert.match(log[0] ?? "", /Its code cannot be interrupted: Instruction fb is not known$/);
    assert.deepEqual([grow("a", 7), grow("b", 7)], [-1, -1]);
    assert.deepEqual([grow("a", 6), grow("b", 6), grow("c", 1)], [1, 1, -1]);
  });

  it("stay within the limit where code that is not understood grows those of other modules", async () => {
    const component = await load(`(component
      ${core("m", "1")}
      ${importer("n", OBJECT)}
      (core instance $a (instantiate $m))
      (core instance $k (instantiate $m))
      (core instance $b (instantiate $n (with "e" (instance $a))))
      (core instance $c (instantiate $n (with "e" (instance $k))))
      ${lift("a")} ${lift("b")} ${lift("c")})`);
    const grow = instantiate(component);
    assert.deepEqual([grow("b", 8), grow("c", 8)], [-1, -1]);
    assert.deepEqual([grow("b", 7), grow("c", 7), grow("a", 1)], [1, 1, -1]);
  });
});

/** A function that the rewriting of code does not understand. */
const OBJECT = "(func (drop (ref.i31 (i32.const 1))))";

type Grow = (name: string, pages: number) => unknown;

function instantiate(component: Component): Grow {
  const { exports } = component.instantiate({});
  return (name, pages) => {
    const grow = exports[name];
    assert.ok(typeof grow === "function");
    return grow(pages);
  };
}

/** A component with three memories, that `a`, `b` and `c` grow; the module of `b` has `more`. */
function component3(a: string, b: string, c: string, more = ""): string {
  const modules = [core("ma", a), core("mb", b, more), core("mc", c)];
  const instances = ["a", "b", "c"].map(
    (name) => `(core instance $${name} (instantiate $m${name})) ${lift(name)}`,
  );
  return `(component ${modules.join(" ")} ${instances.join(" ")})`;
}

function core(name: string, memory: string, more = ""): string {
  return `(core module $${name} (memory (export "memory") ${memory}) ${more}
    (func (export "grow") (param i32) (result i32) (memory.grow (local.get 0))))`;
}

/** A module without a memory of its own, which grows another one's. */
function importer(name: string, more = ""): string {
  return `(core module $${name} (import "e" "memory" (memory 1)) ${more}
    (func (export "grow") (param i32) (result i32) (memory.grow (local.get 0))))`;
}

function lift(name: string): string {
  return `(func (export "${name}") (param "pages" u32) (result s32)
    (canon lift (core func $${name} "grow")))`;
}
