import assert from "node:assert/strict";
import { after, before, describe, it } from "mocha";
import { type CompiledComponent } from "../../../host/engine/compiled-component.ts";
import { type Compiler, createCompiler } from "../../../host/engine/compiler.ts";
import { Component } from "../../../host/engine/component.ts";
import { createComposition, createFacade, createMicro, MICRO_ASYNC } from "./micro-component.ts";
import { microHost } from "./micro-host.ts";

describe("Component", () => {
  let compiler: Compiler;
  let micro: CompiledComponent;
  before(async () => {
    compiler = createCompiler({ cacheDir: undefined, ...MICRO_ASYNC });
    micro = await compiler.compile(await createMicro(), { memory: 2 ** 20 });
  });
  after(() => compiler[Symbol.asyncDispose]());

  it("names exports without versions, and functions in camel case", () => {
    const { exports } = new Component(micro).instantiate(microHost());
    assert.deepEqual(Object.keys(exports).toSorted(), [
      "badPostReturn",
      "callLateNop",
      "consume",
      "counter",
      "greet",
      "grow",
      "sum",
      "test:micro/guest",
      "things",
      "trap",
      "trapNow",
      "wait",
      "waitResult",
    ]);
    assert.equal(typeof Reflect.get(exports["test:micro/guest"] ?? {}, "take"), "function");
  });

  it("says why an instance could not be made in no more than somebody would read", () => {
    const host = microHost();
    const imports = new Proxy(host, {
      get: () => {
        throw new TypeError("x".repeat(100_000));
      },
    });
    assert.throws(
      () => new Component(micro).instantiate(imports),
      (error: Error) => {
        assert.match(error.message, /^Cannot instantiate component: x+$/);
        assert.equal(error.message.length, 2000);
        return true;
      },
    );
  });

  it("instantiates while the stack runs, as often as wanted", async () => {
    const component = new Component(micro);
    const instances = Array.from({ length: 20 }, () => component.instantiate(microHost()));
    for (const { exports } of instances) {
      assert.ok(typeof exports["sum"] === "function");
      assert.equal(exports["sum"](3), 6);
    }
  });

  it("says which import is missing", () => {
    const component = new Component(micro);
    assert.throws(() => component.instantiate({}), { code: "instantiation" });
    const { Thing: _, ...rest } = microHost()["test:micro/host"] ?? {};
    assert.throws(() => component.instantiate({ "test:micro/host": rest }), {
      code: "instantiation",
      message: /Cannot instantiate component: .*Thing/,
    });
  });

  it("says which method or static function is missing", () => {
    const component = new Component(micro);
    class Useless {
      static consume(): void {}
    }
    class Other {
      get(): void {}
    }
    for (const [Thing, name] of [
      [Useless, "Thing.prototype.get"],
      [Other, "Thing.consume"],
    ] as const) {
      assert.throws(() => component.instantiate(microHost({ Thing })), {
        code: "instantiation",
        message: `Cannot instantiate component: the host has no ${name}`,
      });
    }
  });

  it("runs a composition of components", async () => {
    const compiled = await compiler.compile(await createComposition(), { memory: 2 ** 20 });
    const { exports } = new Component(compiled).instantiate(microHost());
    assert.ok(typeof exports["four"] === "function");
    assert.equal(await exports["four"](5), 20);
  });

  it("runs a composition of which one component alone faces the host", async () => {
    const compiled = await compiler.compile(await createFacade(), { memory: 2 ** 20 });
    assert.match(compiled.glue, /_isletEnterGuest/, "without jco's tasks");
    const { exports } = new Component(compiled).instantiate(microHost());
    const { go, wait } = exports;
    assert.ok(typeof go === "function" && typeof wait === "function");
    assert.equal(await go(6), 2 * (65 + 6));
    assert.equal(await wait(1), 2 * (65 + 1));
    await assert.rejects(async () => wait(0), WebAssembly.RuntimeError);
    await assert.rejects(async () => go(1), /cannot enter component instance/);
  });

  it("makes a code cache that a later component of the same glue accepts", () => {
    const glue = `${micro.glue}\n// not known to this thread before`;
    const first = new Component({ ...micro, glue });
    assert.equal(first.needsCachedData, true);
    first.instantiate(microHost());
    const cachedData = first.createCachedData();
    assert.equal(new Component({ ...micro, glue, cachedData }).needsCachedData, false);
  });

  it("lets an instance be killed by rejecting what its imports wait for", async () => {
    const reject: ((reason: Error) => void)[] = [];
    const later = (): Promise<never> => new Promise((_, fail) => reject.push(fail));
    const { exports } = new Component(micro).instantiate(microHost({ later }));
    assert.ok(typeof exports["wait"] === "function");
    const call = exports["wait"](1);
    await new Promise(setImmediate);
    reject[0]?.(new Error("killed"));
    await assert.rejects(async () => call, { message: "killed" });
  });
});
