import assert from "node:assert/strict";
import { once } from "node:events";
import { afterEach, beforeEach, describe, it } from "mocha";
import { CompilerThread } from "../../../host/engine/compiler-thread.ts";

const program = new URL("./program/misbehave.ts", import.meta.url);
const OPTIONS = { asyncImports: [], asyncExports: [] };

describe("CompilerThread", () => {
  let thread: CompilerThread;
  beforeEach(() => {
    thread = new CompilerThread({ deadline: 30_000, idle: 30_000, program });
  });
  afterEach(async () => {
    await thread[Symbol.asyncDispose]();
  });

  const compile = async (text: string, by = thread): Promise<string> => {
    const { exports, glue } = await by.transpile(Buffer.from(text), OPTIONS);
    return `${exports.join()} ${glue}`;
  };

  it("starts with the first component and answers in order", async () => {
    assert.equal(thread.running, false);
    const all = Promise.all(["a", "b", "c"].map((text) => compile(text)));
    assert.equal(thread.running, true);
    assert.deepEqual(await all, ["a 1", "b 2", "c 3"]);
  });

  it("leaves the caller's bytes alone, and sends no more than them", async () => {
    const buffer = Buffer.from("xxabcxx");
    const { exports } = await thread.transpile(buffer.subarray(2, 5), OPTIONS);
    assert.deepEqual(exports, ["abc"]);
    assert.equal(buffer.toString(), "xxabcxx");
  });

  it("loses only the component that crashed it", async () => {
    for (const [text, reason] of [
      ["exit", "exit code 3"],
      ["throw", "thrown on purpose"],
    ] as const) {
      const results = await Promise.allSettled([compile("a"), compile(text), compile("b")]);
      const [first, crashed, next] = results;
      assert.equal(first.status, "fulfilled");
      assert.ok(crashed.status === "rejected");
      assert.equal(crashed.reason.code, "compiler-crashed");
      assert.equal(crashed.reason.message, `The compiler crashed: ${reason}`);
      assert.ok(next.status === "fulfilled" && next.value === "b 1", "a new thread");
    }
  });

  it("gives up a component that takes longer than the deadline", async () => {
    await using hasty = new CompilerThread({ deadline: 400, idle: 30_000, program });
    for (const text of ["hang", "silent"]) {
      await assert.rejects(compile(text, hasty), { code: "compiler-timeout" });
    }
    assert.equal(await compile("a", hasty), "a 1");
  });

  it("replaces the thread after jco failed, not after it refused a component", async () => {
    await assert.rejects(compile("refuse"), { code: "unsupported", message: "refused" });
    assert.equal(await compile("a"), "a 2");
    await assert.rejects(compile("fatal"), { code: "invalid-component" });
    assert.equal(await compile("a"), "a 1");
  });

  it("ends when idle, and starts again", async () => {
    await using idle = new CompilerThread({ deadline: 30_000, idle: 0, program });
    assert.equal(await compile("a", idle), "a 1");
    while (idle.running) await once(AbortSignal.timeout(1), "abort");
    assert.equal(await compile("b", idle), "b 1");
  });

  it("bounds its queue", async () => {
    const many = Promise.allSettled(Array.from({ length: 1100 }, () => compile("a")));
    const refused = (await many).filter(({ status }) => status === "rejected");
    assert.equal(refused.length, 1100 - 1025);
    for (const result of refused) {
      assert.ok(result.status === "rejected");
      assert.equal(result.reason.code, "compiler-busy");
    }
  });

  it("refuses what waits and what comes once it is closed", async () => {
    const waiting = Promise.allSettled([compile("silent"), compile("a")]);
    await thread[Symbol.asyncDispose]();
    for (const result of await waiting) {
      assert.ok(result.status === "rejected");
      assert.equal(result.reason.code, "closed");
    }
    await assert.rejects(compile("a"), { code: "closed" });
    assert.equal(thread.running, false);
    await thread[Symbol.asyncDispose]();
  });
});
