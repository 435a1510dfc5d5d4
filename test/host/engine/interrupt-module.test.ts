import assert from "node:assert/strict";
import { parse } from "@bytecodealliance/jco-transpile/wasm-tools";
import { describe, it } from "mocha";
import { EngineError } from "../../../host/engine/error.ts";
import { InterruptAnswer, InterruptLinker } from "../../../host/engine/interrupt.ts";
import { instrument } from "../../../host/engine/interrupt-module.ts";
import { PAGE_BYTES } from "../../../host/engine/memory-limits.ts";
import { capLimits } from "../../../host/engine/module-limits.ts";
import { guestNames, readGuest } from "../../fixture/guest/guest.ts";
import { coresOf } from "./cores-of.ts";
import { AskedInterrupt } from "./asked-interrupt.ts";

describe("instrument", () => {
  it("has code ask at each turn of a loop and in each call of what calls, while the flag is up", async () => {
    const interrupt = new AskedInterrupt();
    const call = await instantiate(CODE, interrupt);
    interrupt.raise();
    assert.equal(call("count", 10), 10);
    assert.equal(interrupt.asked, 10);
    assert.equal(call("fib", 5), 5);
    assert.equal(interrupt.asked, 10 + 15);
  });

  it("changes nothing while the flag is down", async () => {
    const interrupt = new AskedInterrupt();
    const call = await instantiate(CODE, interrupt);
    assert.equal(call("count", 1_000_000), 1_000_000);
    assert.equal(interrupt.asked, 0);
  });

  it("traps where the answer is to end, past whatever the code would catch", async () => {
    const interrupt = new AskedInterrupt([InterruptAnswer.goOn, InterruptAnswer.end]);
    const call = await instantiate(
      `(module (func (export "spin") (param i32) (result i32)
        (loop $again (block $caught (try_table (catch_all $caught) (loop (br 0)))) (br $again))
        (i32.const 0)))`,
      interrupt,
    );
    interrupt.raise();
    assert.throws(() => call("spin", 0), { name: "RuntimeError", message: "unreachable" });
  });

  it("keeps what refers to functions, memories, tables and globals", async () => {
    const interrupt = new AskedInterrupt();
    const call = await instantiate(EVERYTHING, interrupt, {
      host: { add: (a: number, b: number) => a + b },
    });
    assert.equal(call("all", 1), 1 + 10 + 100 + 1000 + 10_000 + 100_000);
  });

  it("keeps the index and the limits of a memory, and the cap on it", async () => {
    const module = instrument(
      await parse(`(module (memory (export "memory") 2 9) (data (i32.const 5) "x")
        (func (export "run") (param i32) (result i32) (memory.grow (local.get 0)))
        (func (export "peek") (param i32) (result i32) (i32.load8_u (local.get 0))))`),
    );
    assert.ok(module !== undefined);
    const call = link(
      capLimits(module, () => 4),
      new AskedInterrupt(),
    );
    assert.equal(call("peek", 5), 0x78);
    assert.equal(call("run", 3), -1);
    assert.equal(call("run", 2), 2);
  });

  it("tells V8 that its branches are hardly ever taken", async () => {
    const module = instrument(await parse(CODE));
    assert.ok(module !== undefined);
    const compiled = new WebAssembly.Module(module);
    const [hints] = WebAssembly.Module.customSections(compiled, "metadata.code.branch_hint");
    // Two functions, 1 and 2 behind the one that is imported, with a branch each: a loop's and a caller's.
    const places = [...new Uint8Array(hints ?? new ArrayBuffer())];
    assert.deepEqual([places[0], places[1], places[2], places[6], places[7]], [2, 1, 1, 2, 1]);
  });

  it("leaves a module alone that has neither functions nor memories", async () => {
    assert.equal(instrument(await parse('(module (table (export "t") 1 funcref))')), undefined);
  });

  it("has the host make the memory of a module without functions, and nothing else", async () => {
    const module = instrument(
      await parse(`(module (import "host" "f" (func $f)) (table (export "t") 1 funcref)
        (memory (export "memory") 1) (elem (i32.const 0) func $f) (data (i32.const 3) "x"))`),
    );
    assert.ok(module !== undefined);
    const compiled = new WebAssembly.Module(module);
    const imports = WebAssembly.Module.imports(compiled).map(({ name }) => name);
    assert.deepEqual(imports, ["f", "memory0"]);
    let called = 0;
    const { exports } = new InterruptLinker(new AskedInterrupt(), MEMORY).instantiate(compiled, {
      host: { f: () => (called += 1) },
    });
    const user =
      await parse(`(module (import "" "t" (table 1 funcref)) (import "" "memory" (memory 1))
      (func (export "peek") (result i32) (call_indirect (i32.const 0)) (i32.load8_u (i32.const 3))))`);
    const { peek } = new WebAssembly.Instance(new WebAssembly.Module(user), {
      "": { ...exports },
    }).exports;
    assert.ok(typeof peek === "function");
    assert.equal(peek(), 0x78);
    assert.equal(called, 1);
  });

  it("asks before a memory grows, whose ever it is and whichever", async () => {
    const module = instrument(
      await parse(`(module (import "host" "memory" (memory $theirs 1))
        (memory $ours 1) (memory $large i64 1)
        (func (export "theirs") (param i32) (result i32) (memory.grow $theirs (local.get 0)))
        (func (export "ours") (param i32) (result i32)
          (i32.add (i32.const 1000) (memory.grow $ours (local.get 0))))
        (func (export "large") (param i64) (result i64) (memory.grow $large (local.get 0))))`),
    );
    assert.ok(module !== undefined);
    const compiled = new WebAssembly.Module(module);
    // Two pages of its own; the one that is given is no memory of the instance here.
    const linker = new InterruptLinker(new AskedInterrupt(), 5 * PAGE_BYTES);
    const host = { memory: new WebAssembly.Memory({ initial: 1 }) };
    const { theirs, ours, large } = linker.instantiate(compiled, { host }).exports;
    assert.ok(typeof theirs === "function" && typeof ours === "function");
    assert.ok(typeof large === "function");
    assert.equal(theirs(4), -1);
    assert.equal(theirs(3), 1);
    assert.equal(ours(4), 999);
    assert.equal(ours(0), 1001);
    assert.equal(ours(1), 1001);
    assert.equal(large(3n), -1n);
    assert.equal(large(2n ** 63n), -1n);
    assert.equal(large(-1n), -1n);
    assert.equal(large(2n), 1n);
    assert.equal(ours(1), 999);
    assert.equal(ours(-1), 999);
    assert.equal(ours(2 ** 31), 999);
    assert.equal(ours(0), 1002);
  });

  it("refuses code that it does not know, rather than break it", async () => {
    const types = `(module (type $point (struct (field i32))) (func (drop (struct.new $point (i32.const 1)))))`;
    const reference = "(module (func (drop (ref.i31 (i32.const 1)))))";
    for (const text of [types, reference]) {
      const module = await parse(text);
      assert.throws(() => instrument(module), { name: "EngineError", code: "unsupported" });
    }
  });

  it("makes valid modules of every core module of the compiled guests", async () => {
    for (const name of guestNames) {
      for (const core of await coresOf(await readGuest(name))) {
        assert.ok(WebAssembly.validate(instrument(core) ?? core), name);
      }
    }
  });

  it("reads nothing behind the end of a module that is cut off or changed, wherever that is", async () => {
    const module = await parse(EVERYTHING);
    for (let at = 8; at < module.length; at += 1) {
      const changed = Uint8Array.from(module);
      changed[at] = 0xff;
      for (const broken of [module.subarray(0, at), changed]) {
        try {
          instrument(broken);
        } catch (error) {
          assert.ok(error instanceof EngineError, String(error));
        }
      }
    }
  });
});

/** What the memories of the modules may hold together. */
const MEMORY = 64 * PAGE_BYTES;

type Call = (name: string, value: number) => unknown;

function link(
  module: Uint8Array,
  interrupt: AskedInterrupt,
  imports: Record<string, Record<string, unknown>> = {},
): Call {
  const compiled = new WebAssembly.Module(module);
  const { exports } = new InterruptLinker(interrupt, MEMORY).instantiate(compiled, imports);
  return (name, value) => {
    const exported = exports[name];
    assert.ok(typeof exported === "function");
    return exported(value);
  };
}

async function instantiate(
  text: string,
  interrupt: AskedInterrupt,
  imports?: Record<string, Record<string, unknown>>,
): Promise<Call> {
  const module = instrument(await parse(text));
  assert.ok(module !== undefined);
  return link(module, interrupt, imports);
}

const CODE = `(module
  (func (export "count") (param $n i32) (result i32) (local $i i32)
    (loop $again
      (local.set $i (i32.add (local.get $i) (i32.const 1)))
      (br_if $again (i32.lt_s (local.get $i) (local.get $n))))
    (local.get $i))
  (func $fib (export "fib") (param $n i32) (result i32)
    (if (result i32) (i32.lt_s (local.get $n) (i32.const 2))
      (then (local.get $n))
      (else (i32.add
        (call $fib (i32.sub (local.get $n) (i32.const 1)))
        (call $fib (i32.sub (local.get $n) (i32.const 2))))))))`;

/** One function for each way in which a module refers to things, and instructions of every kind. */
const EVERYTHING = `(module
  (import "host" "add" (func $add (param i32 i32) (result i32)))
  (type $unary (func (param i32) (result i32)))
  (table $a 4 funcref) (table $b 2 funcref)
  (memory $m 1) (memory $n 1)
  (global $f funcref (ref.func $ten)) (global $g (mut i32) (i32.const 0))
  (elem (table $a) (i32.const 1) func $ten)
  (elem $passive funcref (ref.func $hundred) (ref.null func))
  (elem declare func $thousand)
  (data $bytes "\\01\\02\\03\\04")
  (tag $tag (param i32))
  (start $begin)
  (func $begin (global.set $g (i32.const 10000)))
  (func $ten (param i32) (result i32) (call $add (local.get 0) (i32.const 10)))
  (func $hundred (param i32) (result i32) (call $add (local.get 0) (i32.const 100)))
  (func $thousand (param i32) (result i32) (return_call $add (local.get 0) (i32.const 1000)))
  (func (export "all") (param $x i32) (result i32) (local f32 f64 i64 v128 funcref)
    (table.init $b $passive (i32.const 0) (i32.const 0) (i32.const 2))
    (table.set $a (i32.const 0) (ref.func $thousand))
    (table.copy $a $b (i32.const 2) (i32.const 0) (i32.const 1))
    (drop (table.size $a)) (drop (ref.is_null (global.get $f)))
    (local.set $x (call_indirect $a (type $unary) (local.get $x) (i32.const 1)))
    (local.set $x (call_indirect $b (type $unary) (local.get $x) (i32.const 0)))
    (local.set $x (call_indirect $a (type $unary) (local.get $x) (i32.const 0)))
    (local.set $x (i32.add (local.get $x) (global.get $g)))
    (memory.init $n $bytes (i32.const 0) (i32.const 0) (i32.const 4)) (data.drop $bytes)
    (memory.copy $m $n (i32.const 0) (i32.const 0) (i32.const 4))
    (drop (memory.grow $n (memory.grow (i32.const 0))))
    (memory.fill $n (i32.const 8) (i32.const 7) (i32.const 4))
    (i64.store $n offset=60000 (i32.const 8) (i64.const -9000000000))
    (drop (i32.trunc_sat_f64_u (f64.const 1.5))) (drop (f32.const 2.5))
    (drop (v128.const i32x4 1 2 3 4))
    (drop (i8x16.shuffle 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15
      (v128.load offset=4 (i32.const 0)) (i8x16.splat (i32.const 1))))
    (drop (i32x4.extract_lane 1 (v128.load8_lane 3 (i32.const 0) (i32x4.splat (i32.const 2)))))
    (drop (i32.atomic.load (i32.const 0))) (atomic.fence)
    (drop (i32.atomic.rmw.add offset=8 (i32.const 0) (i32.const 1)))
    (drop (select (result i32) (i32.const 1) (i32.const 2) (i32.const 0)))
    (block $out (block $other
      (br_table $out $other $out (i32.const 2))))
    (block $caught (result i32)
      (try_table (catch $tag $caught) (throw $tag (i32.const 100000)))
      (unreachable))
    (i32.add (local.get $x))))`;
