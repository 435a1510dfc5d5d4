import assert from "node:assert/strict";
import { after, before, describe, it } from "mocha";
import { DEFAULT_LIMITS } from "../../../host/manifest/read-limits.ts";
import type { Compiler } from "../../../host/engine/compiler.ts";
import type { LogLine } from "../../../host/bridge/message-to-main.ts";
import type { Workload } from "../../../host/manifest/workload.ts";
import { prepareWorkload, type PreparedWorkload } from "../../../host/workload/prepare.ts";
import { createTestCompiler, RealWorkload, workloadOf } from "./real-workload.ts";

describe("A workload in a real cell", () => {
  let compiler: Compiler;

  before(() => {
    compiler = createTestCompiler();
  });

  after(async () => {
    await compiler[Symbol.asyncDispose]();
  });

  it("has its component reach its service, and gives back all it held", async () => {
    const workload = workloadOf({ service: "service-misbehave", component: "http-dial" });
    const prepared = await prepareWith(workload);
    const held = process.getActiveResourcesInfo();
    {
      await using test = new RealWorkload(prepared);
      await test.untilState("running");
      assert.deepEqual(test.ports, ["+127.0.0.1:7777"]);
      assert.equal(await test.get("/hello"), "200 /hello\n");
      const answers = await Promise.all(
        Array.from({ length: 50 }, (_, index) => test.get(`/n${index}`)),
      );
      assert.deepEqual(
        answers,
        Array.from({ length: 50 }, (_, index) => `200 /n${index}\n`),
      );
    }
    const left = process.getActiveResourcesInfo();
    for (const name of held) if (left.includes(name)) left.splice(left.indexOf(name), 1);
    assert.deepEqual(left, []);
  });

  it("keeps the environment of the host from its guests", async () => {
    process.env["ISLET_TEST_SECRET"] = "hidden";
    await using test = await RealWorkload.start(
      workloadOf({ component: "http-dial", componentChanges: { environment: { GREETING: "hi" } } }),
      compiler,
    );
    await test.untilState("running");
    assert.equal(await test.get("/env"), "200 GREETING=hi\n");
  });

  it("lets no component bind", async () => {
    await using test = await start(undefined, "http-dial");
    await test.untilState("running");
    assert.equal(await test.get("/bind"), "200 access-denied");
  });

  it("restarts a service that traps and has it bind its port again, ten times in a row", async () => {
    await using test = await RealWorkload.start(
      workloadOf({
        service: "service-misbehave",
        component: "http-dial",
        serviceChanges: { maxRestarts: 10 },
      }),
      compiler,
    );
    for (let count = 1; count <= 10; count += 1) {
      await test.untilState("running");
      assert.match(await test.get("/trap"), /^502 the service closed the connection/);
      await test.until(() => test.restarts === count);
    }
    await test.untilState("running");
    assert.equal(await test.get("/hello"), "200 /hello\n");
    assert.equal(test.cells.length, 1);
    await test.get("/trap");
    const { reason } = await test.untilState("error");
    assert.match(reason, /^Its service trapped: .*; maxRestarts is 10$/);
    await assert.rejects(test.get("/hello"), { code: "not-running" });
  });

  it("is completed when its service returns, and its component goes on", async () => {
    await using test = await start("service-misbehave", "http-dial");
    await test.untilState("running");
    await test.get("/exit");
    await test.untilState("completed");
    assert.match(await test.get("/hello"), /^502 connection-refused/);
    assert.deepEqual(test.ports, ["+127.0.0.1:7777", "-127.0.0.1:7777"]);
  });

  it("restarts a service that returns an error", async () => {
    await using test = await start("service-misbehave", "http-dial");
    await test.untilState("running");
    await test.get("/fail");
    await test.until(() => test.restarts === 1);
    assert.match(test.states.at(-1)?.reason ?? "", /its service failed/);
    await test.untilState("running");
  });

  it("hands over every line of a flood, in order", async () => {
    await using test = await start("service-misbehave", "http-dial");
    await test.untilState("running");
    const lines = 20_000;
    const answer = test.get(`/log?${lines}`);
    const heard = (): LogLine[] => test.lines.filter(({ line }) => line.startsWith("line "));
    await test.until(() => heard().length >= lines);
    assert.equal(await answer, `200 /log?${lines}\n`);
    assert.deepEqual(
      heard().map(({ line }) => line),
      Array.from({ length: lines }, (_, index) => `line ${index + 1}`),
    );
    assert.deepEqual(heard()[0], { guest: "service", stream: "stdout", line: "line 1" });
  });

  it("restarts a spinning service whose code cannot be interrupted with its cell, under its restart policy", async () => {
    await using stubborn = createTestCompiler({ interrupts: false });
    await using test = await RealWorkload.start(
      workloadOf({
        service: "service-misbehave",
        component: "http-dial",
        serviceChanges: {
          limits: { ...DEFAULT_LIMITS, memory: 2 ** 24, hang: 500 },
          maxRestarts: 1,
        },
      }),
      stubborn,
    );
    await test.untilState("running");
    await assert.rejects(test.get("/spin"), { code: "cell-died" });
    assert.match(test.states.at(-1)?.reason ?? "", /^Restart 1 of 1.*: unresponsive for 500 ms$/);
    await test.untilState("running");
    assert.equal(await test.get("/hello"), "200 /hello\n");
    await assert.rejects(test.get("/spin"), { code: "cell-died" });
    const { reason } = await test.untilState("error");
    assert.match(reason, /^Unresponsive for 500 ms; maxRestarts is 1$/);
  });

  async function start(
    service: "service-misbehave" | undefined,
    component: "http-dial" | "http-misbehave" | "http-hello" | "http-count",
  ): Promise<RealWorkload> {
    return await RealWorkload.start(workloadOf({ service, component }), compiler);
  }
});

/** Prepares with a compiler of its own, so that none of its threads and timers are about later. */
async function prepareWith(workload: Workload): Promise<PreparedWorkload> {
  await using compiler = createTestCompiler();
  return await prepareWorkload(workload, compiler);
}
