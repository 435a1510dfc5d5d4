import assert from "node:assert/strict";
import { mkdtemp, readdir, readFile, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parse } from "@bytecodealliance/jco-transpile/wasm-tools";
import { afterEach, before, beforeEach, describe, it } from "mocha";
import { type CompiledComponent } from "../../../host/engine/compiled-component.ts";
import {
  type Compiler,
  type CompilerOptions,
  createCompiler,
} from "../../../host/engine/compiler.ts";
import { Component } from "../../../host/engine/component.ts";
import { createMicro, MICRO_ASYNC } from "./micro-component.ts";
import { microHost } from "./micro-host.ts";

const MEMORY = { memory: 2 ** 20 };
/** A thread that fails each component: what still compiles came from a cache. */
const nobody = new URL("./program/refuse.ts", import.meta.url);

describe("createCompiler", () => {
  let micro: Uint8Array;
  let cacheDir: string;
  let log: string[];
  let compilers: AsyncDisposableStack;
  before(async () => {
    micro = await createMicro();
  });
  beforeEach(async () => {
    cacheDir = await mkdtemp(join(tmpdir(), "islet-compiler-"));
    log = [];
    compilers = new AsyncDisposableStack();
  });
  afterEach(async () => {
    await compilers.disposeAsync();
    await rm(cacheDir, { recursive: true, force: true });
  });

  const open = (options: Partial<CompilerOptions> = {}): Compiler =>
    compilers.use(
      createCompiler({ cacheDir, ...MICRO_ASYNC, log: (line) => log.push(line), ...options }),
    );
  const cacheFile = async (): Promise<string> => {
    const [name, ...others] = await readdir(cacheDir);
    assert.ok(name !== undefined && others.length === 0);
    return join(cacheDir, name);
  };

  it("compiles a component, named by its SHA-256", async () => {
    const compiled = await open().compile(micro, MEMORY);
    assert.match(compiled.digest, /^[0-9a-f]{64}$/);
    assert.deepEqual(compiled.imports, ["test:micro/host@1.2.3"]);
    assert.ok(compiled.exports.includes("test:micro/guest@1.2.3"));
    assert.equal(compiled.cachedData, undefined);
    works(compiled);
    works(structuredClone(compiled));
  });

  it("takes a component from the cache of an earlier process", async () => {
    const cold = await open().compile(micro, MEMORY);
    const cached = await open({ program: nobody }).compile(micro, MEMORY);
    assert.deepEqual({ ...cached, modules: {} }, { ...cold, modules: {} });
    works(cached);
    await assert.rejects(open({ program: nobody, asyncExports: [] }).compile(micro, MEMORY), {
      code: "unsupported",
    });
  });

  it("compiles a component once that is asked for twice at once, also by two compilers", async () => {
    const [one, two] = [open(), open()];
    const all = await Promise.all(
      [one, one, two, two, one].map((compiler) => compiler.compile(micro, MEMORY)),
    );
    assert.equal(all[0]?.modules, all[1]?.modules);
    assert.equal(all[0]?.modules, all[4]?.modules);
    for (const compiled of all) works(compiled);
    await cacheFile();
    assert.deepEqual(log, []);
  });

  it("rebuilds a damaged, truncated or empty cache entry", async () => {
    await open().compile(micro, MEMORY);
    const path = await cacheFile();
    const good = await readFile(path);
    const bad = Buffer.from(good);
    bad[good.length >> 1] = (bad[good.length >> 1] ?? 0) ^ 1;
    for (const content of [bad, good.subarray(0, 1000), Buffer.alloc(0), Buffer.from("text")]) {
      await writeFile(path, content);
      await assert.rejects(open({ program: nobody }).compile(micro, MEMORY));
      works(await open().compile(micro, MEMORY));
      assert.deepEqual(await readFile(path), good);
    }
    await truncate(path, 60);
    works(await open().compile(micro, MEMORY));
  });

  it("works without a cache, and says so once, if the directory cannot be used", async () => {
    const file = join(cacheDir, "file");
    await writeFile(file, "");
    const compiler = open({ cacheDir: file });
    works(await compiler.compile(micro, MEMORY));
    await compiler.storeCachedData((await compiler.compile(micro, MEMORY)).digest, micro);
    assert.equal(log.length, 1);
    works(await open({ cacheDir: undefined }).compile(micro, MEMORY));
    assert.equal(log.length, 1);
  });

  it("keeps the code cache of a component for this process and the next", async () => {
    const compiler = open();
    const { digest, ...rest } = await compiler.compile(micro, MEMORY);
    const component = new Component({ digest, ...rest });
    assert.equal(component.needsCachedData, true);
    component.instantiate(microHost());
    await compiler.storeCachedData(digest, component.createCachedData());
    for (const later of [compiler, open({ program: nobody })]) {
      const compiled = await later.compile(micro, MEMORY);
      assert.equal(new Component(compiled).needsCachedData, false);
      works(compiled);
    }
  });

  it("notices a damaged code cache, and one that V8 refuses", async () => {
    // Glue that this thread has not compiled yet: V8 looks at no cache for what it knows.
    const options = { asyncExports: ["wait"] };
    const compiler = open(options);
    const compiled = await compiler.compile(micro, MEMORY);
    await compiler.storeCachedData(compiled.digest, Buffer.from("no code cache at all"));
    const refused = new Component(await open(options).compile(micro, MEMORY));
    assert.equal(refused.needsCachedData, true);
    await compiler.storeCachedData(compiled.digest, refused.createCachedData());
    const code = (await readdir(cacheDir)).find((name) => name.includes("code"));
    await truncate(join(cacheDir, code ?? ""), 200);
    assert.equal((await open(options).compile(micro, MEMORY)).cachedData, undefined);
  });

  it("ignores a code cache for a component that it does not know", async () => {
    await open().storeCachedData("0".repeat(64), micro);
    assert.deepEqual(await readdir(cacheDir), []);
  });

  it("caps the memory of each compile at its own limit", async () => {
    const compiler = open();
    for (const pages of [2, 5]) {
      const compiled = await compiler.compile(micro, { memory: pages * 65_536 });
      const { grow } = new Component(compiled).instantiate(microHost()).exports;
      assert.ok(typeof grow === "function");
      assert.equal(grow(pages), -1);
      assert.equal(grow(pages - 1), 1);
    }
    await assert.rejects(compiler.compile(micro, { memory: 65_535 }), {
      code: "memory-limit",
      message: "Memory starts with 0.06 MiB, the limit is 0.06 MiB (limits.memory)",
    });
  });

  it("refuses what is no component, and goes on", async () => {
    const compiler = open();
    const check = (image: Uint8Array, code: string): Promise<void> =>
      assert.rejects(compiler.compile(image, MEMORY), { name: "EngineError", code });
    await check(new Uint8Array(), "not-wasm");
    await check(Buffer.from("<!doctype html>"), "not-wasm");
    await check(await parse("(module)"), "core-module");
    await check(micro.subarray(0, micro.length - 3), "truncated");
    const damaged = micro.slice();
    damaged.fill(0xff, 600, 620);
    await check(damaged, "invalid-component");
    works(await compiler.compile(micro, MEMORY));
  });

  it("refuses everything once it is closed", async () => {
    const compiler = open();
    await compiler[Symbol.asyncDispose]();
    await assert.rejects(compiler.compile(micro, MEMORY), { code: "closed" });
  });
});

function works(compiled: CompiledComponent): void {
  const { sum } = new Component(compiled).instantiate(microHost()).exports;
  assert.ok(typeof sum === "function");
  assert.equal(sum(3), 6);
}
