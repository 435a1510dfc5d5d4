import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "@bytecodealliance/jco-transpile/wasm-tools";
import { describe, it } from "mocha";
import { createCompiler } from "../../../host/engine/compiler.ts";
import { Component } from "../../../host/engine/component.ts";
import { CABI_LOWER } from "../../../host/wasi/cabi.ts";
import { createImports } from "../../../host/wasi/imports.ts";
import { missingImports, PROVIDED_INTERFACES } from "../../../host/wasi/interfaces.ts";
import { resourceCount } from "../../../host/wasi/resource.ts";
import { WASI } from "../../../host/wasi/wasi.ts";
import { readWasiComponent, WIT } from "./support-wit.ts";
import { createGuest } from "./support.ts";

describe("createImports", () => {
  it("has the interfaces that applying a workload checks for, no more and no less", () => {
    using guest = createGuest();
    assert.deepEqual(namesIn(createImports(guest)), [...PROVIDED_INTERFACES]);
  });

  it("has of each interface what WIT has, and nothing that is for the host alone", () => {
    using guest = createGuest();
    const imports = createImports(guest);
    for (const [path, { functions = {}, resources = {} }] of WASI) {
      const found = imports[path] ?? {};
      const names = [
        ...Object.keys(functions).map(toCamelCase),
        ...Object.keys(resources).map(toPascalCase),
      ];
      assert.deepEqual(new Set(Reflect.ownKeys(found)), new Set(names), path);
      for (const [name, members] of Object.entries(resources)) {
        const binding = found[toPascalCase(name)];
        assert.ok(isObject(binding), name);
        const prototype: unknown = Reflect.get(binding, "prototype");
        assert.ok(isObject(prototype), name);
        const named = (wanted: string): string[] =>
          Object.keys(members).filter((member) => members[member]?.kind === wanted);
        const methods = named("method").map(toCamelCase);
        assert.deepEqual(new Set(Reflect.ownKeys(prototype)), new Set(methods), name);
        const statics = Reflect.ownKeys(binding).filter((key) => !OWN_OF_FUNCTIONS.has(key));
        assert.deepEqual(statics, named("static").map(toCamelCase), name);
      }
    }
  });

  it("has every function of WIT 0.2.12", () => {
    using guest = createGuest();
    const imports = createImports(guest);
    const missing: string[] = [];
    let found = 0;
    for (const { name, path } of readFunctions()) {
      const value = path.reduce<unknown>(
        (at, key) => (isObject(at) ? Reflect.get(at, key) : at),
        imports,
      );
      if (typeof value === "function") found += 1;
      else missing.push(`${name}: ${path.join(".")}`);
    }
    assert.deepEqual(missing, []);
    assert.ok(found >= 200, `only ${found} functions were read`);
  });

  it("has nothing of JavaScript's own: components choose the names that are looked up", () => {
    using guest = createGuest();
    const imports = createImports(guest);
    for (const name of PROVIDED_INTERFACES) {
      const found = imports[name];
      assert.ok(found !== undefined);
      assert.equal(Object.getPrototypeOf(found), null, name);
      for (const [member, value] of Object.entries(found)) {
        const isResource = /^[A-Z]/.test(member);
        if (isResource) assert.ok(isObject(value) && !("constructor" in value), member);
      }
    }
    assert.equal(Object.getPrototypeOf(Object.getPrototypeOf(imports)), null);
    assert.ok(!("constructor" in imports) && !("toString" in (imports["wasi:io/poll"] ?? {})));
  });

  it("does not give a component the constructor of functions", async () => {
    const image = await parse(`(component
      (import "wasi:http/types@0.2.0" (instance $types
        (export "fields" (type $f (sub resource)))
        (export "[static]fields.constructor" (func (param "code" u32) (result u32)))))
      (core func $f (canon lower (func $types "[static]fields.constructor")))
      (core module $m (import "h" "f" (func $f (param i32) (result i32)))
        (func (export "go") (result i32) (call $f (i32.const 1))))
      (core instance $m (instantiate $m (with "h" (instance (export "f" (func $f))))))
      (func (export "go") (result u32) (canon lift (core func $m "go"))))`);
    await using compiler = createCompiler({ cacheDir: undefined });
    const component = new Component(await compiler.compile(image, { memory: 1_048_576 }));
    using guest = createGuest();
    assert.throws(() => component.instantiate(createImports(guest)), {
      message: "Cannot instantiate component: the host has no Fields.constructor",
    });
  });

  it("instantiates a component that imports all of it", async () => {
    await using compiler = createCompiler({ cacheDir: undefined });
    const compiled = await compiler.compile(await readWasiComponent(), { memory: 1_048_576 });
    assert.equal(compiled.imports.length, PROVIDED_INTERFACES.length);
    assert.deepEqual(missingImports(compiled.imports), []);
    using guest = createGuest();
    new Component(compiled).instantiate(createImports(guest));
  }).timeout(60_000);

  it("creates no resource until the guest asks for one", () => {
    const before = resourceCount();
    using guest = createGuest();
    createImports(guest);
    assert.equal(resourceCount(), before);
  });
});

/** Of an object without anything of JavaScript's own. */
function namesIn(object: object): string[] {
  const names: string[] = [];
  for (const name in object) names.push(name);
  return names.toSorted();
}

/** What a binding has as any function does, none of which a component can call, and its fast path. */
const OWN_OF_FUNCTIONS: ReadonlySet<PropertyKey> = new Set([
  "length",
  "name",
  "prototype",
  CABI_LOWER,
]);

interface WitFunction {
  readonly name: string;
  /** Where jco looks for it in an import object. */
  readonly path: readonly string[];
}

/** The functions of all interfaces that hosts provide, in the form that jco gives their names. */
function readFunctions(): WitFunction[] {
  return readdirSync(WIT).flatMap((folder) => {
    const text = readFileSync(join(WIT, folder, "package.wit"), "utf8");
    const packageName = `wasi:${folder.slice("wasi-".length)}`;
    return [...text.matchAll(/^interface ([\w-]+) \{\n(.*?)^\}/gms)].flatMap(([, name, body]) => {
      const key = `${packageName}/${name}`;
      return PROVIDED_INTERFACES.includes(key) ? readInterface(key, body ?? "") : [];
    });
  });
}

function readInterface(key: string, body: string): WitFunction[] {
  let resource: string | undefined;
  return body.split("\n").flatMap((line): WitFunction[] => {
    const opened = /^\s*resource ([\w-]+)/.exec(line)?.[1];
    if (opened !== undefined) {
      const name = toPascalCase(opened);
      resource = line.includes("{") ? name : undefined;
      return [{ name: opened, path: [key, name] }];
    }
    const [, name, statics] = /^\s*%?([\w-]+): (static )?func\(/.exec(line) ?? [];
    if (/^\s*\}/.test(line)) resource = undefined;
    if (name === undefined) return [];
    const method = toCamelCase(name);
    if (resource === undefined) return [{ name, path: [key, method] }];
    return [
      { name, path: [key, resource, ...(statics === undefined ? ["prototype"] : []), method] },
    ];
  });
}

function isObject(value: unknown): value is object {
  return (typeof value === "object" && value !== null) || typeof value === "function";
}

function toCamelCase(kebab: string): string {
  return kebab.replaceAll(/-(.)/g, (_, letter: string) => letter.toUpperCase());
}

function toPascalCase(kebab: string): string {
  const camel = toCamelCase(kebab);
  return camel.charAt(0).toUpperCase() + camel.slice(1);
}
