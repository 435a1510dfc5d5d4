import assert from "node:assert/strict";
import { setTimeout } from "node:timers/promises";
import { afterEach, describe, it } from "mocha";
import { problemIn } from "../support/http-call.ts";
import { Scenario } from "../support/scenario.ts";

describe("a limit of a guest that is reached", function () {
  this.timeout(60_000);
  let scenario: Scenario;
  afterEach(() => scenario[Symbol.asyncDispose]());

  it("memory: it gets no more, and goes on", async () => {
    scenario = await Scenario.start({
      name: "bad",
      component: { guest: "http-misbehave", poolSize: 1, limits: { memory: "16Mi" } },
    });
    const { status, text } = await scenario.call("bad", "/grow");
    assert.equal(status, 200);
    assert.ok(Number(text) > 0 && Number(text) < 256);
  });

  it("timeout: the call ends, and says so", async () => {
    scenario = await Scenario.start({
      name: "bad",
      component: { guest: "http-misbehave", poolSize: 1, timeout: "200ms" },
    });
    const answer = await scenario.call("bad", "/sleep?ms=60000");
    assert.equal(answer.status, 504);
    assert.match(problemIn(answer).detail, /longer than 200 ms/);
  });

  it("heap: the workload starts again, and says why", async () => {
    // They share a thread, which has the larger of their limits.
    const resources = { limits: { heap: "32Mi" } };
    scenario = await Scenario.start({
      name: "leet",
      service: { guest: "service-misbehave", maxRestarts: 2, resources },
      component: { guest: "http-dial", poolSize: 1, resources },
    });
    const { status } = await scenario.call("leet", "/hoard");
    assert.equal(status, 502);
    await scenario.untilState("leet", "running", 2);
    const reasons = scenario.statesOf("leet").map(({ reason }) => reason);
    const isNamed = /its JavaScript heap reached 32 MiB \(limits\.heap\)/;
    assert.ok(
      reasons.some((reason) => isNamed.test(reason)),
      reasons.join("; "),
    );
    assert.equal(await scenario.get("leet", "/again"), "200 /again");
  });

  it("logRate: lines are dropped, a line says how many, and the guest does not wait", async () => {
    const count = 2_000;
    scenario = await Scenario.start({
      name: "leet",
      service: { guest: "service-misbehave", resources: { limits: { logRate: 10 } } },
      component: { guest: "http-dial", poolSize: 1, resources: { limits: { logRate: 10 } } },
    });
    assert.equal(await scenario.get("leet", `/log?${count}`), `200 /log?${count}`);
    const dropped = /^\d+ lines were dropped: .* 20 lines a second \(limits\.logRate\)$/;
    const isTold = (): boolean =>
      scenario.host.logs("leet", { guest: "host" }).entries.some(({ line }) => dropped.test(line));
    while (!isTold()) await setTimeout(20);
    const { entries } = scenario.host.logs("leet", {});
    const kept = entries.filter(({ line }) => /^line \d+$/.test(line)).length;
    assert.ok(kept >= 190 && kept < count, `${kept} lines were kept`);
    assert.equal(scenario.linesOf("leet").filter((line) => line.startsWith("line ")).length, kept);
  });
});
