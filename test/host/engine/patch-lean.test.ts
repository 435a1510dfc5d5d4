import assert from "node:assert/strict";
import { Script } from "node:vm";
import { before, beforeEach, describe, it } from "mocha";
import { type CompiledComponent } from "../../../host/engine/compiled-component.ts";
import {
  Component,
  type GuestFunction,
  type ImportObject,
} from "../../../host/engine/component.ts";
import { toScript } from "../../../host/engine/glue-script.ts";
import { patchGlue } from "../../../host/engine/patch.ts";
import { transpile } from "../../../host/engine/transpile.ts";
import { createMicro, MICRO_ASYNC } from "./micro-component.ts";
import { microHost, Thing } from "./micro-host.ts";
import { rawGlue } from "./raw-glue.ts";

// The lean patches change what the glue costs, not what it does: the same tests for both.
for (const kind of ["lean", "with tasks"] as const) {
  describe(`glue, ${kind}`, () => {
    let component: Component;
    before(async () => {
      component = new Component(await compile(kind));
    });
    beforeEach(() => {
      Thing.live = 0;
    });

    const instantiate = (imports: ImportObject = microHost()): Record<string, GuestFunction> => {
      const { exports } = component.instantiate(imports);
      const functions = Object.entries(exports).flatMap(([name, value]) =>
        typeof value === "function" ? [[name, value] as const] : Object.entries(value),
      );
      return Object.fromEntries(functions);
    };

    const check = async (lateResult: () => unknown): Promise<unknown> =>
      instantiate(microHost({ lateResult }))["waitResult"]?.(1);

    it("calls exports that cannot suspend, and their imports", () => {
      assert.equal(instantiate()["sum"]?.(4), 10);
      assert.equal(instantiate()["greet"]?.("Islet"), "hello Islet");
    });

    it("calls the function that frees a result once", () => {
      const { greet, counter } = instantiate();
      greet?.("a");
      greet?.("b");
      assert.equal(counter?.(), 2);
    });

    it("suspends while an import waits", async () => {
      let calls = 0;
      const waits: (() => void)[] = [];
      const { wait } = instantiate(
        microHost({
          later: (n: number) => {
            calls += 1;
            return new Promise((resolve) => waits.push(() => resolve(n)));
          },
        }),
      );
      const sum = wait?.(3);
      for (let i = 1; i <= 3; i++) {
        await turn();
        assert.equal(calls, i);
        waits.shift()?.();
      }
      assert.equal(await sum, 6);
    });

    it("accepts a plain value of an import that may suspend", async () => {
      assert.equal(await instantiate(microHost({ later: () => 5 }))["wait"]?.(2), 10);
    });

    it("gives results with errors to the guest, and those of the guest to the host", async () => {
      assert.equal(await check(() => ({ tag: "ok", val: 2 })), 2);
      assert.equal(await check(() => 3), 3);
      for (const lateResult of [
        () => ({ tag: "err", val: 4 }),
        () => Promise.reject(Object.assign(new Error("with payload"), { payload: 4 })),
      ]) {
        await check(lateResult).then(
          () => assert.fail("must reject"),
          (error: unknown) => assert.equal(error, 4),
        );
      }
    });

    it("rejects a call whose import threw, while running or suspended", async () => {
      const error = new Error("thrown by the host");
      const later = (): never => {
        throw error;
      };
      await assert.rejects(async () => instantiate(microHost({ later }))["wait"]?.(1), error);
      await assert.rejects(
        async () => instantiate(microHost({ later: () => Promise.reject(error) }))["wait"]?.(1),
        error,
      );
      const lateResult = (): Promise<never> => Promise.reject(error);
      await assert.rejects(
        async () => instantiate(microHost({ lateResult }))["waitResult"]?.(1),
        error,
      );
      const add = later;
      assert.throws(() => instantiate(microHost({ add }))["sum"]?.(1), error);
    });

    it("poisons an instance that trapped", async () => {
      const { trap, sum, wait } = instantiate();
      await assert.rejects(async () => trap?.(), WebAssembly.RuntimeError);
      assert.throws(() => sum?.(1), /cannot enter component instance/);
      await assert.rejects(async () => wait?.(1), /cannot enter component instance/);
      const other = instantiate();
      assert.throws(() => other["trapNow"]?.(), /unreachable/);
      assert.throws(() => other["sum"]?.(1), /cannot enter component instance/);
    });

    it("queues calls that may suspend, in order, and lets others pass", async () => {
      const order: number[] = [];
      const waits: (() => void)[] = [];
      const later = (n: number): Promise<number> =>
        new Promise((resolve) => waits.push(() => resolve(n)));
      const { wait, sum } = instantiate(microHost({ later }));
      const calls = [0, 1, 2].map(async (index) => {
        await wait?.(1);
        order.push(index);
      });
      for (let i = 0; i < 3; i++) {
        await turn();
        assert.equal(waits.length, 1, "one call at a time is in the instance");
        assert.equal(sum?.(2), 3);
        waits.shift()?.();
      }
      await Promise.all(calls);
      assert.deepEqual(order, [0, 1, 2]);
    });

    it("serves the queue after a call that rejected", async () => {
      let first = true;
      const later = async (n: number): Promise<number> => {
        if (!first) return n;
        first = false;
        throw new Error("only the first");
      };
      const { wait } = instantiate(microHost({ later }));
      const [one, two] = await Promise.allSettled([wait?.(1), wait?.(2)]);
      assert.equal(one?.status, "rejected");
      assert.deepEqual(two, { status: "fulfilled", value: 3 });
    });

    it("makes, uses and drops resources of the host", async () => {
      const { things, take, consume } = instantiate();
      assert.equal(things?.(4), 10);
      assert.equal(Thing.live, 0);
      assert.equal(await take?.(new Thing(3), new Thing(4)), 7);
      assert.equal(Thing.live, 0);
      assert.equal(consume?.(5), 5);
      assert.throws(
        () => consume?.(14),
        (error) => error === "too large",
      );
      assert.equal(Thing.live, 0);
    });

    it("leaves nothing on an object that was lent", () => {
      const lent = new Thing(2);
      const made = function (): Thing {
        return lent;
      };
      Object.defineProperty(made, Symbol.hasInstance, { value: () => true });
      made.prototype = Thing.prototype;
      Object.setPrototypeOf(made, Thing);
      instantiate(microHost({ Thing: made }))["things"]?.(1);
      const left = Object.getOwnPropertySymbols(lent).map((symbol) => Reflect.get(lent, symbol));
      assert.deepEqual(left, kind === "lean" ? [] : [undefined]);
    });

    it("finds the objects of handles that a fast path made", () => {
      const things = [undefined, new Thing(5), new Thing(8)];
      // As host functions with cabiLower do it: a handle whose object jco has never seen.
      class Fast extends Thing {}
      for (const [name, value] of [
        [
          "cabiLower",
          ({ resourceTables: [table] }: { readonly resourceTables: [number[]] }) =>
            (n: number) =>
              (table.push(0, n | (2 ** 30)) >> 1) - 1,
        ],
        ["cabiDispose", (rep: number) => things[rep]?.[Symbol.dispose]()],
        ["islet.lift", (rep: number) => things[rep]],
      ] as const) {
        Object.defineProperty(Fast, Symbol.for(name), { value });
      }
      const sum = instantiate(microHost({ Thing: Fast }))["things"]?.(2);
      // jco's hollow objects have no fields: NaN, as a number of 32 bits, is 0.
      assert.equal(sum, kind === "lean" ? 13 : 0);
      assert.equal(Thing.live, 0);
    });

    it("refuses imports while the function that frees a result runs", () => {
      assert.throws(() => instantiate()["badPostReturn"]?.(), /cannot leave component instance/);
    });

    it("refuses an argument that is no resource of its class", async () => {
      await assert.rejects(async () => instantiate()["take"]?.({}, {}), TypeError);
    });

    it("keeps instances apart", async () => {
      const [one, two] = [instantiate(), instantiate()];
      one["greet"]?.("a");
      await assert.rejects(async () => one["trap"]?.());
      assert.equal(two["counter"]?.(), 0);
      assert.equal(two["sum"]?.(1), 1);
    });
  });
}

async function compile(kind: "lean" | "with tasks"): Promise<CompiledComponent> {
  const image = await createMicro();
  const artifact = await transpile(image, MICRO_ASYNC);
  const modules = [...artifact.cores].map(
    ([name, bytes]) => [name, new WebAssembly.Module(bytes)] as const,
  );
  let { glue } = artifact;
  if (kind === "with tasks") {
    // A statement that the lean patches do not know keeps them away; it is never run.
    const raw = await rawGlue(image);
    const patched = patchGlue(raw.replace("const _trampoline0 =", "if (0) task.unknown();\n$&"));
    assert.equal(patched.lean, false);
    glue = toScript(patched.glue);
  }
  assert.ok(new Script(glue) instanceof Script);
  const { imports, exports } = artifact;
  return {
    digest: kind,
    imports,
    exports,
    memory: 2 ** 24,
    modules: Object.fromEntries(modules),
    glue,
    cachedData: undefined,
  };
}

function turn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
