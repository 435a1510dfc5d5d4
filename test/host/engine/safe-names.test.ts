import assert from "node:assert/strict";
import { parse } from "@bytecodealliance/jco-transpile/wasm-tools";
import { describe, it } from "mocha";
import { checkComponentNames, checkCoreNames } from "../../../host/engine/safe-names.ts";
import { transpile } from "../../../host/engine/transpile.ts";

const OPTIONS = { asyncImports: [], asyncExports: [] };

/** A component with a core module whose names are in the hands of its author. */
const component = (from: string, name: string, exported: string): Promise<Uint8Array> =>
  parse(`(component
    (import "test:x/i" (instance $i (export "f" (func))))
    (core func $f (canon lower (func $i "f")))
    (core module $m (import "${from}" "${name}" (func)) (func (export "${exported}")))
    (core instance $env (export "${name}" (func $f)))
    (core instance $c (instantiate $m (with "${from}" (instance $env))))
    (func (export "go") (canon lift (core func $c "${exported}"))))`);

describe("checkCoreNames", () => {
  it("refuses names that would become code in jco's glue", async () => {
    const attack = "x'];globalThis.attacked=true;['";
    for (const image of [
      await component(attack, "f", "g"),
      await component("m", attack, "g"),
      await component("m", "f", attack),
      await component("m", "f\\\\", "g"),
      await component("m", "f\\n", "g"),
      await component("m", "f", "\\u{2028}"),
      await component("`m${", "f", "g"),
    ]) {
      await assert.rejects(transpile(image, OPTIONS), {
        code: "unsupported",
        message: /^Cannot run a component with the name "/,
      });
    }
    assert.equal(Reflect.get(globalThis, "attacked"), undefined);
  });

  it("accepts the names that toolchains give", async () => {
    const image = await component(
      "cm32p2|wasi:io/poll@0.2",
      "[resource-drop]pollable",
      "_ZN4core3ptr$u20$drop<T>(ü)",
    );
    const { glue } = await transpile(image, OPTIONS);
    assert.ok(glue.includes("_ZN4core3ptr$u20$drop<T>(ü)"));
  });

  it("refuses the names by which the host knows what it made itself", async () => {
    const refusal = { code: "unsupported", message: /"islet:\w+"$/ };
    await assert.rejects(
      transpile(await component("islet:interrupt", "check", "g"), OPTIONS),
      refusal,
    );
    const section = `(@custom "islet:memory" (before memory) "\\00")`;
    const image = await parse(`(component
      (core module $m ${section} (memory 1) (func (export "g")))
      (core instance $i (instantiate $m))
      (func (export "go") (canon lift (core func $i "g"))))`);
    await assert.rejects(transpile(image, OPTIONS), refusal);
  });

  it("looks at memories, tables and globals too", async () => {
    for (const field of [
      `(memory (export "a'b") 1)`,
      `(global (export "a'b") i32 (i32.const 0))`,
      `(import "m" "a'b" (table 1 funcref))`,
    ]) {
      const module = new WebAssembly.Module(await parse(`(module ${field})`));
      assert.throws(() => checkCoreNames(module), { code: "unsupported" });
    }
  });
});

describe("checkComponentNames", () => {
  it("accepts interfaces and functions, and no free text", () => {
    for (const name of ["wasi:io/poll@0.2.12", "a:b/c@1.0.0-rc.1+x.2", "plain-name", "X-y"]) {
      accept(name);
    }
    for (const name of [
      "url=<https://x/';attack();'>",
      "a'b",
      "a\nb",
      "",
      "integrity=<sha256-x>",
    ]) {
      assert.throws(() => accept(name), { code: "unsupported" }, name);
    }
  });
});

function accept(name: string): void {
  checkComponentNames({ imports: [name], exports: [name] });
}
