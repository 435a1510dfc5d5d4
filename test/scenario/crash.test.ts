import assert from "node:assert/strict";
import { afterEach, describe, it } from "mocha";
import { problemIn } from "../support/http-call.ts";
import type { GuestSpec } from "../support/manifest.ts";
import { Scenario } from "../support/scenario.ts";

describe("a service that ends", function () {
  this.timeout(20_000);
  let scenario: Scenario;
  afterEach(() => scenario[Symbol.asyncDispose]());

  async function start(service: Omit<GuestSpec, "guest">): Promise<void> {
    scenario = await Scenario.start({
      name: "leet",
      service: { guest: "service-misbehave", ...service },
      component: { guest: "http-dial", poolSize: 4 },
    });
  }

  it("is restarted and listens again on its port, ten times in a row", async () => {
    await start({ maxRestarts: 20 });
    for (let crash = 1; crash <= 10; crash++) {
      assert.match(await scenario.get("leet", "/trap"), /^502 the service closed the connection/);
      await scenario.untilState("leet", "running", crash + 1);
      assert.equal(await scenario.get("leet", `/after-${crash}`), `200 /after-${crash}`);
    }
    const restarts = scenario.statesOf("leet").filter(({ tag }) => tag === "starting");
    assert.equal(restarts.length, 10);
    for (const [index, { reason }] of restarts.entries()) {
      assert.match(reason, new RegExp(`^Restart ${index + 1} of 20( in \\d+ ms)?: its service`));
      assert.match(reason, /its service trapped: .*unreachable/);
    }
  });

  it("resets the connections that it held", async () => {
    await start({ maxRestarts: 1 });
    const held = [scenario.get("leet", "/held"), scenario.get("leet", "/held")];
    await untilHeld();
    assert.match(await scenario.get("leet", "/trap"), /was reset$/);
    for (const ending of await Promise.all(held)) assert.match(ending, /^200 .*was reset$/);
  });

  it("frees its port before anybody hears of its restart", async () => {
    await start({ maxRestarts: 1 });
    await scenario.get("leet", "/trap");
    await scenario.untilState("leet", "running", 2);
    const news = scenario.events.flatMap((event) => {
      if (event.tag === "state") return event.state.tag;
      return event.tag === "port" ? `${event.open ? "+" : "-"}${event.address}` : [];
    });
    const port = "127.0.0.1:7777";
    assert.deepEqual(news, [`+${port}`, "running", `-${port}`, "starting", `+${port}`, "running"]);
  });

  it("is in error when it has no restarts left, and says so to clients", async () => {
    await start({ maxRestarts: 1 });
    await scenario.get("leet", "/trap");
    await scenario.untilState("leet", "running", 2);
    await scenario.get("leet", "/trap");
    await scenario.untilState("leet", "error");
    const { reason } = scenario.statesOf("leet").at(-1) ?? {};
    assert.match(reason ?? "", /^Its service trapped: .*unreachable.*; maxRestarts is 1$/);

    const answer = await scenario.call("leet", "/hello");
    assert.equal(answer.status, 503);
    const { workload, detail } = problemIn(answer);
    assert.equal(workload, "default/leet");
    assert.match(detail, /in error: Its service trapped/);
  });

  it("is in error at once where it may not restart", async () => {
    await start({ maxRestarts: 5, restart: { policy: "never" } });
    await scenario.get("leet", "/trap");
    await scenario.untilState("leet", "error");
    assert.deepEqual(
      scenario.statesOf("leet").map(({ tag }) => tag),
      ["running", "error"],
    );
    assert.match(scenario.statesOf("leet").at(-1)?.reason ?? "", /restart policy is never/);
  });

  it("completes its workload when it ends with success; the component goes on", async () => {
    await start({ maxRestarts: 5 });
    await scenario.get("leet", "/exit");
    await scenario.untilState("leet", "completed");
    assert.equal(await scenario.get("leet", "/hello"), "502 connection-refused");
    assert.equal(await scenario.get("leet", "/bind"), "200 access-denied");
  });

  it("is restarted after success where its policy is always", async () => {
    await start({ maxRestarts: 5, restart: { policy: "always" } });
    await scenario.get("leet", "/exit");
    await scenario.untilState("leet", "running", 2);
    assert.equal(await scenario.get("leet", "/hello"), "200 /hello");
  });

  it("is restarted when it reports failure", async () => {
    await start({ maxRestarts: 5 });
    await scenario.get("leet", "/fail");
    await scenario.untilState("leet", "running", 2);
    const restart = scenario.statesOf("leet").find(({ tag }) => tag === "starting");
    assert.match(restart?.reason ?? "", /its service failed: its run function returned an error/);
  });

  it("has all of its lines passed on, with its workload and its name", async () => {
    await start({ maxRestarts: 5 });
    assert.equal(await scenario.get("leet", "/log?1000"), "200 /log?1000");
    const expected = Array.from({ length: 1000 }, (_, index) => `line ${index + 1}`);
    await scenario.until(() => scenario.linesOf("leet").includes("line 1000"));
    assert.deepEqual(scenario.linesOf("leet"), ["listening on 7777", ...expected]);
    const first = scenario.events.find(({ tag }) => tag === "log");
    assert.deepEqual(first, {
      tag: "log",
      workload: "default/leet",
      guest: "service",
      stream: "stdout",
      line: "listening on 7777",
    });
  });

  /**
   * Waits until the service holds connections that were asked for before. It says nothing of them,
   * but requests, their instances and connections are taken in order: later ones were served by then.
   */
  async function untilHeld(): Promise<void> {
    for (let turn = 0; turn < 20; turn++) await scenario.get("leet", `/turn-${turn}`);
  }
});
