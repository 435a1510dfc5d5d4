import assert from "node:assert/strict";
import { parse } from "@bytecodealliance/jco-transpile/wasm-tools";
import { describe, it } from "mocha";
import { EngineError } from "../../../host/engine/error.ts";
import { readImportTypes } from "../../../host/engine/import-types.ts";
import { toLeb128 } from "../../../host/engine/wasm-reader.ts";
import { describeFunction } from "../../../host/wasi/wit/describe-type.ts";

/** Every function of a component in text, with its types. */
async function read(text: string): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  for (const { name, functions } of readImportTypes(await parse(`(component ${text})`))) {
    for (const [member, type] of functions) found[`${name}#${member}`] = describeFunction(type);
  }
  return found;
}

describe("readImportTypes", () => {
  it("reads every kind of type that WASI has", async () => {
    const found = await read(`
      (type $r' (record (field "a" u8) (field "b" (option string))))
      (import "t:t/i@0.2.0" (instance
        (alias outer 1 $r' (type $r0))
        (export "r" (type $r (eq $r0)))
        (type $v0 (variant (case "x") (case "y" $r)))
        (export "v" (type $v (eq $v0)))
        (type $e0 (enum "one" "two"))
        (export "e" (type $e (eq $e0)))
        (type $f0 (flags "p" "q"))
        (export "f" (type $f (eq $f0)))
        (export "take" (func (param "v" $v) (param "e" $e) (param "f" $f)))
        (export "give" (func (result (result (list (tuple s64 f32 char)) (error bool)))))
        (export "nothing" (func (result (result))))
        (export "none" (func (result (result (error u16)))))))`);
    assert.deepEqual(found, {
      "t:t/i@0.2.0#take":
        "func(variant {x, y(record {a: u8, b: option<string>})}, enum {one, two}, flags {p, q})",
      "t:t/i@0.2.0#give": "func() -> result<list<tuple<s64, f32, char>>, bool>",
      "t:t/i@0.2.0#nothing": "func() -> result",
      "t:t/i@0.2.0#none": "func() -> result<_, u16>",
    });
  });

  it("knows a resource by the interface that has it, under any name", async () => {
    const [one, two] = readImportTypes(
      await parse(`(component
        (import "t:t/one@0.2.1" (instance $one (export "r" (type (sub resource)))))
        (alias export $one "r" (type $r))
        (import "t:t/two" (instance
          (alias outer 1 $r (type $from))
          (export "mine" (type $mine (sub resource)))
          (export "same" (type $same (eq $from)))
          (export "f" (func (param "a" (own $same)) (param "b" (borrow $mine)))))))`),
    );
    assert.deepEqual(one?.resources, ["r"]);
    assert.deepEqual(two?.resources, ["mine"]);
    assert.deepEqual(two.functions.get("f")?.params, [
      { tag: "own", resource: "t:t/one/r" },
      { tag: "borrow", resource: "t:t/two/mine" },
    ]);
  });

  it("names the same type of an instance by each import that has it", async () => {
    const found = readImportTypes(
      await parse(`(component
        (type $i (instance (export "r" (type $r (sub resource))) (export "f" (func (param "a" (own $r))))))
        (import "t:t/one" (instance (type $i)))
        (import "t:t/two" (instance (type $i))))`),
    );
    assert.deepEqual(
      found.map(({ functions }) => functions.get("f")?.params),
      [[{ tag: "own", resource: "t:t/one/r" }], [{ tag: "own", resource: "t:t/two/r" }]],
    );
  });

  it("keeps count of types that come from elsewhere, which are not known", async () => {
    const found = await read(`
      (component $c (type $t u32) (export "t" (type $t)))
      (instance $i (instantiate $c))
      (alias export $i "t" (type $t))
      (type $u u8)
      (export $v "v" (type $u))
      (import "t:t/i" (instance
        (alias outer 1 $t (type $x)) (alias outer 1 $v (type $y))
        (export "f" (func (param "a" $x) (param "b" $y))))) `);
    assert.deepEqual(found, { "t:t/i#f": "func(unknown, u8)" });
  });

  it("says what an interface has besides functions and types", async () => {
    const [found] = readImportTypes(
      await parse(`(component (import "t:t/i" (instance
        (export "deep" (instance (export "f" (func)))))))`),
    );
    assert.deepEqual([found?.others, found?.functions.size], [["deep"], 0]);
  });

  it("passes over the types of components", async () => {
    const found = await read(`
      (type (component (import "a" (func (param "x" u8))) (export "b" (instance (export "c" (func))))))
      (type $l (list u8))
      (import "t:t/i" (instance (alias outer 1 $l (type $l')) (export "f" (func (result $l')))))`);
    assert.deepEqual(found, { "t:t/i#f": "func() -> list<u8>" });
  });

  const preamble = [0, 0x61, 0x73, 0x6d, 0x0d, 0, 1, 0];
  const section = (id: number, ...body: readonly number[]): Uint8Array =>
    Uint8Array.from([...preamble, id, body.length, ...body]);
  const bad: readonly (readonly [string, Uint8Array, string])[] = [
    ["a type that ends too early", section(7, 1, 0x72, 2, 1, 0x61, 0x7f), "truncated"],
    ["more types than there are", section(7, 2, 0x7f), "truncated"],
    ["more instances than bytes", section(5, 0xff, 0xff, 0xff, 0xff, 0x0f), "truncated"],
    ["an unknown kind of type", section(7, 1, 0x41, 1, 0x09), "unsupported"],
    ["an unknown primitive type", section(7, 1, 0x60), "unsupported"],
    ["results with names", section(7, 1, 0x40, 0, 0x01, 0x01, 1, 0x61, 0x7f), "unsupported"],
    ["an import of a value", section(10, 1, 0, 1, 0x61, 0x02, 0x01, 0x7f), "unsupported"],
  ];
  for (const [what, image, code] of bad) {
    it(`refuses ${what}`, () => {
      assert.throws(
        () => readImportTypes(image),
        (error) => error instanceof EngineError && error.code === code,
      );
    });
  }

  it("takes an index that stands for nothing as an unknown type", () => {
    const body = [1, 0x42, 2, 0x01, 0x40, 1, 1, 0x61, 0x30, 0x01, 0, 0x04, 0, 1, 0x66, 0x01, 0];
    const image = section(7, ...body);
    const imported = [10, 8, 1, 0, 3, 0x61, 0x3a, 0x62, 0x05, 0];
    const [found] = readImportTypes(Uint8Array.from([...image, ...imported]));
    assert.deepEqual(found?.functions.get("f")?.params, [{ tag: "unknown", what: "unknown" }]);
  });

  it("refuses types that are nested too deeply, and more of them than it can read at once", () => {
    const deep = Array.from({ length: 101 }, () => [0x42, 1, 0x01]).flat();
    const body = [1, ...deep, 0x7f];
    const nested = Uint8Array.from([...preamble, 7, ...toLeb128(body.length), ...body]);
    assert.throws(() => readImportTypes(nested), { code: "unsupported" });
    const huge = new Uint8Array(16 + 2 ** 21);
    huge.set([...preamble, 7, 0x80, 0x80, 0x80, 0x01]);
    assert.throws(() => readImportTypes(huge), { code: "too-large" });
  });
});
