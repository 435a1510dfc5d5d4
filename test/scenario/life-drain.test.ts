import assert from "node:assert/strict";
import { SocketAddress } from "node:net";
import { setTimeout } from "node:timers/promises";
import { afterEach, describe, it } from "mocha";
import type { WorkloadSpec } from "../support/manifest.ts";
import { Scenario } from "../support/scenario.ts";

/** A workload that sleeps before it answers. */
function sleeper(gracePeriod: string): WorkloadSpec {
  return {
    name: "sleeper",
    component: { guest: "http-misbehave", poolSize: 4 },
    spec: { terminationGracePeriod: gracePeriod },
  };
}

describe("draining a workload", function () {
  this.timeout(30_000);
  let scenario: Scenario;
  afterEach(() => scenario[Symbol.asyncDispose]());

  /** Resolves once that many requests are under way. */
  async function untilBusy(name: string, count: number): Promise<void> {
    while ((scenario.host.get(name).replicas[0]?.requests ?? 0) < count) {
      await setTimeout(5);
    }
  }

  it("lets a request in flight finish, and takes no new one", async () => {
    scenario = await Scenario.start(sleeper("20s"));
    const slow = scenario.get("sleeper", "/sleep?ms=700");
    await untilBusy("sleeper", 1);
    const stopped = scenario.host.stop("sleeper");
    await scenario.until(() => scenario.state("sleeper") === "stopping");
    assert.match(
      scenario.host.get("sleeper").state.reason,
      /^Finishing 1 request or stream within 20 s$/,
    );
    assert.equal((await scenario.call("sleeper", "/headers")).status, 503);
    assert.equal(await slow, "200 slept");
    assert.equal((await stopped).state.reason, "Stopped by request");
  });

  it("cuts what takes longer than the grace period", async () => {
    scenario = await Scenario.start(sleeper("200ms"));
    const slow = scenario.call("sleeper", "/sleep?ms=20000");
    await untilBusy("sleeper", 1);
    await scenario.host.stop("sleeper");
    const { status, text } = await slow;
    assert.equal(status, 502);
    assert.match(text, /ended during the request/);
  });

  it("takes no longer than it is asked to, whatever the manifest says", async () => {
    scenario = await Scenario.start(sleeper("10m"));
    const slow = scenario.call("sleeper", "/sleep?ms=20000");
    await untilBusy("sleeper", 1);
    await scenario.host.delete("sleeper", { gracePeriod: 0 });
    assert.equal((await slow).status, 502);
    assert.deepEqual(scenario.host.list(), []);
  });

  it("happens to what was replaced while the new version serves", async () => {
    scenario = await Scenario.start(sleeper("20s"));
    const slow = scenario.get("sleeper", "/sleep?ms=700");
    await untilBusy("sleeper", 1);
    const [applied] = await scenario.apply(sleeper("19s"));
    assert.equal(applied?.outcome, "replaced");
    assert.equal(scenario.state("sleeper"), "running");
    assert.equal(await scenario.get("sleeper", "/sleep?ms=1"), "200 slept");
    assert.equal(await slow, "200 slept");
  });

  it("ends as soon as it is asked to for former versions as well", async () => {
    scenario = await Scenario.start(sleeper("10m"));
    const slow = scenario.call("sleeper", "/sleep?ms=20000");
    await untilBusy("sleeper", 1);
    await scenario.apply(sleeper("9m"));
    await scenario.host.stop("sleeper", { gracePeriod: 0 });
    assert.equal((await slow).status, 502);
  });

  it("waits for connections from outside as well", async () => {
    scenario = await Scenario.start({ name: "echo", service: { guest: "tcp-echo" } });
    const remote = new SocketAddress({ address: "127.0.0.1", port: 5_000 });
    const signal = new AbortController().signal;
    const connection = await scenario.host.wayIn("echo").connect(7_777, { remote, signal });
    const stopped = scenario.host.stop("echo");
    await scenario.until(() => scenario.state("echo") === "stopping");
    await assert.rejects(scenario.host.wayIn("echo").connect(7_777, { remote, signal }), {
      code: "connection-refused",
    });
    connection[Symbol.dispose]();
    assert.equal((await stopped).state.reason, "Stopped by request");
  });

  it("leaves connections with the version that took them, and leads new ones to the next", async () => {
    const echo = { name: "echo", service: { guest: "tcp-echo" } } as const;
    scenario = await Scenario.start(echo);
    const wayIn = scenario.host.wayIn("echo");
    const remote = new SocketAddress({ address: "127.0.0.1", port: 5_000 });
    const signal = new AbortController().signal;
    using old = await wayIn.connect(7_777, { remote, signal });
    const service = { ...echo.service, args: ["another"] };
    const [applied] = await scenario.apply({ ...echo, service });
    assert.equal(applied?.outcome, "replaced");
    assert.equal(scenario.host.wayIn("echo"), wayIn);
    using next = await wayIn.connect(7_777, { remote, signal });
    for (const connection of [old, next]) {
      connection.sink.write(new TextEncoder().encode("hello"));
      while (connection.source.available < 5) await setTimeout(5);
    }
  });

  it("happens to all workloads at once where the host stops", async () => {
    scenario = await Scenario.start(sleeper("20s"), { ...sleeper("20s"), name: "other" });
    const slow = ["sleeper", "other"].map((name) => scenario.get(name, "/sleep?ms=700"));
    await untilBusy("sleeper", 1);
    await untilBusy("other", 1);
    await scenario[Symbol.asyncDispose]();
    assert.deepEqual(await Promise.all(slow), ["200 slept", "200 slept"]);
    await assert.rejects(scenario.apply(sleeper("1s")), { code: "closed" });
  });
});
