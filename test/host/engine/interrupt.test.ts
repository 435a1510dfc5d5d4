import assert from "node:assert/strict";
import { parse } from "@bytecodealliance/jco-transpile/wasm-tools";
import { describe, it } from "mocha";
import { InterruptAnswer, InterruptLinker } from "../../../host/engine/interrupt.ts";
import { instrument } from "../../../host/engine/interrupt-module.ts";
import { AskedInterrupt } from "./asked-interrupt.ts";

const { goOn, pause, end } = InterruptAnswer;

describe("InterruptLinker", () => {
  it("pauses a stack that may be suspended, and asks again when it goes on", async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    const interrupt = new AskedInterrupt([pause, goOn], () => promise);
    const count = WebAssembly.promising(await load(interrupt));
    interrupt.raise();
    const counted = count(3);
    assert.equal(interrupt.paused, 1);
    assert.equal(interrupt.asked, 1);
    resolve();
    assert.equal(await counted, 3);
    assert.equal(interrupt.asked, 1 + 3);
  });

  it("ends a paused stack where that is the next answer", async () => {
    const interrupt = new AskedInterrupt([pause, end]);
    const count = WebAssembly.promising(await load(interrupt));
    interrupt.raise();
    await assert.rejects(count(3), { name: "RuntimeError", message: "unreachable" });
  });

  it("lets a stack go on that cannot be suspended", async () => {
    const interrupt = new AskedInterrupt([pause, pause, pause]);
    const count = await load(interrupt);
    interrupt.raise();
    assert.equal(count(3), 3);
    assert.equal(interrupt.asked, 3);
  });

  it("lets a stack go on that JavaScript called from within one that may be suspended", async () => {
    const interrupt = new AskedInterrupt([pause, pause, pause]);
    const count = await load(interrupt);
    const module = await parse(
      `(module (import "" "count" (func $count (param i32) (result i32)))
        (func (export "run") (param i32) (result i32) (call $count (local.get 0))))`,
    );
    const { run } = new WebAssembly.Instance(new WebAssembly.Module(module), {
      "": { count: (n: number) => count(n) },
    }).exports;
    assert.ok(typeof run === "function");
    interrupt.raise();
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- The text of the module says so.
    assert.equal(await WebAssembly.promising(run as (n: number) => number)(3), 3);
  });
});

async function load(interrupt: AskedInterrupt): Promise<(n: number) => number> {
  const module = instrument(
    await parse(`(module (func (export "count") (param $n i32) (result i32) (local $i i32)
      (loop $again
        (local.set $i (i32.add (local.get $i) (i32.const 1)))
        (br_if $again (i32.lt_s (local.get $i) (local.get $n))))
      (local.get $i)))`),
  );
  assert.ok(module !== undefined);
  const { exports } = new InterruptLinker(interrupt, 0).instantiate(
    new WebAssembly.Module(module),
    undefined,
  );
  assert.ok(typeof exports["count"] === "function");
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- The text of the module says so.
  return exports["count"] as (n: number) => number;
}
