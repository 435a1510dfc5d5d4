import assert from "node:assert/strict";
import { parse } from "@bytecodealliance/jco-transpile/wasm-tools";
import { describe, it } from "mocha";
import { readImportTypes } from "../../../host/engine/import-types.ts";
import { describeForeign } from "../../../host/wasi/check-imports.ts";
import { WASI } from "../../../host/wasi/wasi.ts";
import type { WitResource } from "../../../host/wasi/wit/wit-type.ts";
import { readWasiComponent } from "./support-wit.ts";

/** What is said of a component in text. */
async function check(text: string): Promise<string[]> {
  return describeForeign(readImportTypes(await parse(`(component ${text})`)));
}

/** A resource and its functions as binaries name them. */
function namesOf([resource, members]: readonly [string, WitResource]): string[] {
  const names = Object.entries(members).map(([name, { kind }]) =>
    kind === "constructor" ? `[constructor]${resource}` : `[${kind}]${resource}.${name}`,
  );
  return [resource, ...names];
}

const POLL = `(import "wasi:io/poll@0.2.0" (instance $poll (export "pollable" (type (sub resource)))))
  (alias export $poll "pollable" (type $pollable))`;

/** What `read` of an `input-stream` is declared as; indices 0 and 1 are `error` and `pollable`. */
const readAs = (type: string): string => `
  (import "wasi:io/error@0.2.0" (instance $error (export "error" (type (sub resource)))))
  (alias export $error "error" (type $error))
  (import "wasi:io/streams@0.2.0" (instance
    (alias outer 1 $error (type $e)) (export "error" (type $error (eq $e)))
    (export "input-stream" (type $in (sub resource)))
    (export "output-stream" (type $out (sub resource)))
    (type $s (variant (case "last-operation-failed" (own $error)) (case "closed")))
    (export "stream-error" (type $stream-error (eq $s)))
    (type $t (variant (case "closed") (case "last-operation-failed" (own $error))))
    (export "other-error" (type $other-error (eq $t)))
    (export "[method]input-stream.read" (func ${type}))))`;

describe("describeForeign", () => {
  it("has nothing to say of all of WIT 0.2.12", async () => {
    assert.deepEqual(describeForeign(readImportTypes(await readWasiComponent())), []);
  });

  it("knows nothing that WIT 0.2.12 does not have", async () => {
    const imported = readImportTypes(await readWasiComponent());
    const declared = imported.flatMap(({ name, functions, resources }) =>
      [...functions.keys(), ...resources].map((member) => `${name} ${member}`),
    );
    const known = [...WASI].flatMap(([path, { functions = {}, resources = {} }]) =>
      [...Object.keys(functions), ...Object.entries(resources).flatMap(namesOf)].map(
        (member) => `${path}@0.2.12 ${member}`,
      ),
    );
    assert.deepEqual(known.toSorted(), declared.toSorted());
    assert.ok(known.length > 200, String(known.length));
  });

  it("leaves interfaces and versions that the host does not have to others", async () => {
    for (const name of ["acme:db/store", "wasi:io/poll", "wasi:io/poll@0.3.0"]) {
      assert.deepEqual(await check(`(import "${name}" (instance (export "f" (func))))`), []);
    }
  });

  const OTHER = "The component imports wasi:io/poll@0.2.0 as something else than WASI has it";
  it("names a function, a type and a component with the name of an interface", async () => {
    for (const type of ["(func)", "(component)", "(core module)", "(type (sub resource))"]) {
      assert.deepEqual(await check(`(import "wasi:io/poll@0.2.0" ${type})`), [OTHER], type);
    }
  });

  it("names an interface the type of which comes from within", async () => {
    const text = `
      (component $c
        (type $i (instance (export "to-string" (func (param "a" string)))))
        (export "i" (type $i)))
      (instance $c (instantiate $c))
      (alias export $c "i" (type $i))
      (import "wasi:io/poll@0.2.0" (instance (type $i)))`;
    assert.deepEqual(await check(text), [OTHER]);
  });

  const absent: readonly (readonly [what: string, text: string, member: string])[] = [
    [
      "a method that our class has and WIT has not",
      `(export "fields" (type $f (sub resource)))
       (export "[method]fields.writable" (func (param "self" (borrow $f))))`,
      "[method]fields.writable",
    ],
    [
      "a function of JavaScript's own",
      `(export "fields" (type $f (sub resource)))
       (export "[static]fields.constructor" (func (param "code" string)))`,
      "[static]fields.constructor",
    ],
    ["another function", `(export "to-string" (func))`, "to-string"],
    [
      "a constructor",
      `(export "incoming-request" (type $r (sub resource)))
       (export "[constructor]incoming-request" (func (result (own $r))))`,
      "[constructor]incoming-request",
    ],
    [
      "a static function that is a method",
      `(export "fields" (type $f (sub resource)))
       (export "[static]fields.clone" (func (param "self" (borrow $f)) (result (own $f))))`,
      "[static]fields.clone",
    ],
    ["a resource", `(export "secret" (type (sub resource)))`, "secret"],
    ["a name that objects have", `(export "constructor" (func))`, "constructor"],
    ["an interface", `(export "constructor" (instance))`, "constructor"],
  ];
  for (const [what, members, member] of absent) {
    it(`names ${what}`, async () => {
      assert.deepEqual(await check(`(import "wasi:http/types@0.2.3" (instance ${members}))`), [
        `The component imports ${member} of wasi:http/types@0.2.3, which the host does not have`,
      ]);
    });
  }

  it("names a method that a resource of another interface has", async () => {
    const text = `${POLL} (import "wasi:io/streams@0.2.0" (instance
      (alias outer 1 $pollable (type $p)) (export "pollable" (type $q (eq $p)))
      (export "input-stream" (type (sub resource)))
      (export "[method]input-stream.ready" (func (param "self" (borrow 2)) (result bool)))))`;
    assert.deepEqual(await check(text), [
      "The component imports [method]input-stream.ready of wasi:io/streams@0.2.0, which the host does not have",
    ]);
  });

  const SELF = `(param "self" (borrow $in))`;
  const RESULT = `(result (result (list u8) (error $stream-error)))`;

  it("accepts the same types under other names of parameters", async () => {
    assert.deepEqual(await check(readAs(`${SELF} (param "length" u64) ${RESULT}`)), []);
  });

  const EXPECTED =
    "func(borrow<input-stream>, u64) -> result<list<u8>, variant {last-operation-failed(error), closed}>";
  const mismatches: readonly (readonly [what: string, type: string, described: string])[] = [
    [
      "another primitive type",
      `${SELF} (param "len" string) (result u8)`,
      "func(borrow<input-stream>, string) -> u8",
    ],
    ["fewer parameters", SELF, "func(borrow<input-stream>)"],
    [
      "more parameters",
      `${SELF} (param "len" u64) (param "x" u8) (result bool)`,
      "func(borrow<input-stream>, u64, u8) -> bool",
    ],
    ["no result", `${SELF} (param "len" u64)`, "func(borrow<input-stream>, u64)"],
    [
      "another resource",
      `(param "self" (borrow $out)) (param "len" u64)`,
      "func(borrow<output-stream>, u64)",
    ],
    [
      "a resource that is owned",
      `(param "self" (own $in)) (param "len" u64)`,
      "func(input-stream, u64)",
    ],
    ["no receiver", `(param "len" u64)`, "func(u64)"],
    [
      "cases in another order",
      `${SELF} (param "len" u64) (result (result (list u8) (error $other-error)))`,
      "func(borrow<input-stream>, u64) -> result<list<u8>, variant {closed, last-operation-failed(error)}>",
    ],
    [
      "another kind of list",
      `${SELF} (param "len" (list u64)) (result (option (tuple char (result))))`,
      "func(borrow<input-stream>, list<u64>) -> option<tuple<char, result>>",
    ],
  ];
  for (const [what, type, described] of mismatches) {
    it(`names a function with ${what}, and both types`, async () => {
      // A method without its receiver is no component to other tools, so it is not given to them.
      const text = readAs(type);
      assert.deepEqual(await check(text), [
        `The component declares [method]input-stream.read of wasi:io/streams@0.2.0 as ${described}, in WASI it is ${EXPECTED}`,
      ]);
    });
  }

  it("takes a resource of its own for another, whatever its name is", async () => {
    const text = `(import "wasi:io/streams@0.2.0" (instance
      (export "pollable" (type $p (sub resource)))
      (export "input-stream" (type $in (sub resource)))
      (export "[method]input-stream.subscribe" (func (param "self" (borrow $in)) (result (own $p))))))`;
    assert.deepEqual(await check(text), [
      "The component imports pollable of wasi:io/streams@0.2.0, which the host does not have",
      "The component declares [method]input-stream.subscribe of wasi:io/streams@0.2.0 as " +
        "func(borrow<input-stream>) -> pollable, in WASI it is func(borrow<input-stream>) -> pollable",
    ]);
  });

  it("cuts types that are long, and comes to an end with those that grow with each use", async () => {
    const levels = Array.from({ length: 60 }, (_, at) => `(type (tuple ${at} ${at}))`).join(" ");
    const text = `(import "wasi:cli/exit@0.2.0" (instance (type (tuple u8)) ${levels}
      (export "exit" (func (param "status" 60)))))`;
    const [sentence = "", ...others] = await check(text);
    assert.deepEqual(others, []);
    assert.match(sentence, /^The component declares exit .* as func\(tuple<tuple<.*…, in WASI/u);
    assert.ok(sentence.length < 500, String(sentence.length));
  });
});
