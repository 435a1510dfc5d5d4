import assert from "node:assert/strict";
import { Agent } from "node:http";
import { afterEach, describe, it } from "mocha";
import type { Applied } from "../../host/workload/status.ts";
import type { WorkloadSpec } from "../support/manifest.ts";
import { Scenario } from "../support/scenario.ts";

/** A version of a workload that answers each request with its path, through its service. */
function version(number: number, changes: Partial<WorkloadSpec> = {}): WorkloadSpec {
  const environment = { config: { VERSION: String(number) } };
  return {
    name: "leet",
    service: { guest: "service-misbehave" },
    component: { guest: "http-dial", poolSize: 8, resources: { environment } },
    ...changes,
  };
}

/** A service that does not get ready: it listens on another port. */
const FAILING = {
  guest: "service-misbehave",
  ports: [{ name: "web", port: 80 }],
  readiness: { port: "web", timeout: "200ms" },
} as const;

describe("applying another version of a workload", function () {
  this.timeout(60_000);
  let scenario: Scenario;
  afterEach(() => scenario[Symbol.asyncDispose]());

  async function apply(spec: WorkloadSpec): Promise<Applied> {
    const [applied] = await scenario.apply(spec);
    assert.ok(applied);
    return applied;
  }

  it("loses no request of a hundred at a time, five versions long", async () => {
    scenario = await Scenario.start(version(1));
    const agent = new Agent({ keepAlive: true, maxSockets: 100 });
    const wrong = new Set<string>();
    let count = 0;
    let isDone = false;
    const clients = Array.from({ length: 100 }, async (_, client) => {
      while (!isDone) {
        const path = `/${client}-${count}`;
        count += 1;
        const answer = await scenario.get("leet", path, { agent });
        if (answer !== `200 ${path}`) wrong.add(answer);
      }
    });
    for (let number = 2; number <= 6; number += 1) {
      const before = count;
      const { outcome, status } = await apply(version(number));
      assert.deepEqual([outcome, status.generation], ["replaced", number]);
      assert.match(await scenario.get("leet", "/env"), new RegExp(`VERSION=${number}`));
      // Some are answered by this version before the next one comes.
      while (count < before + 100) await scenario.get("leet", "/more");
    }
    isDone = true;
    await Promise.all(clients);
    agent.destroy();
    assert.deepEqual(wrong, new Set());
    assert.ok(count > 500);
  });

  it("does nothing where nothing changed, wherever it is written", async () => {
    scenario = await Scenario.start(version(1));
    const before = scenario.host.get("leet");
    const { outcome, status } = await apply(version(1));
    assert.equal(outcome, "unchanged");
    assert.deepEqual(status.replicas[0]?.transitions, before.replicas[0]?.transitions);
    const [other, same] = await scenario.apply({ ...version(1), name: "other" }, version(1));
    assert.deepEqual([other?.outcome, same?.outcome], ["created", "unchanged"]);
  });

  it("keeps the old version where the new one does not get ready, and says why", async () => {
    scenario = await Scenario.start(version(1));
    const { id } = scenario.host.get("leet");
    const { outcome, reason, status } = await apply(version(2, { service: FAILING }));
    assert.equal(outcome, "kept");
    assert.match(
      reason ?? "",
      /^Its service does not have TCP port 80 after 200 ms .*; maxRestarts is 0$/,
    );
    assert.deepEqual([status.id, status.generation, status.state.tag], [id, 1, "running"]);
    assert.equal(await scenario.get("leet", "/still"), "200 /still");
    assert.match(await scenario.get("leet", "/env"), /VERSION=1/);
    const told = scenario.events.filter((event) => event.tag === "applied");
    assert.deepEqual(told.at(-1), {
      tag: "applied",
      workload: "default/leet",
      id,
      outcome: "kept",
      generation: 1,
      reason,
    });
    const { entries } = scenario.host.logs("leet", { guest: "host" });
    assert.ok(entries.some(({ line }) => line.endsWith(`the old one is kept: ${reason}`)));
    // What the new version went through is not what the workload did.
    assert.deepEqual(
      scenario.statesOf("leet").map(({ tag }) => tag),
      ["running"],
    );
  });

  it("changes nothing of all that were applied where one cannot run", async () => {
    scenario = await Scenario.start(version(1));
    const workloads = await scenario.load(version(2), {
      name: "bad",
      service: { guest: "http-hello" },
    });
    await assert.rejects(scenario.host.apply(workloads), {
      name: "ApplyError",
      message: /default\/bad \(service\): .* does not export wasi:cli\/run/,
    });
    assert.equal(scenario.host.list().length, 1);
    assert.equal(scenario.host.get("leet").generation, 1);
  });

  it("replaces what does not serve at once, and tells of a failure", async () => {
    scenario = await Scenario.start(version(1));
    await scenario.get("leet", "/trap");
    await scenario.untilState("leet", "error");
    const failed = await apply(version(2, { service: FAILING }));
    assert.deepEqual([failed.outcome, failed.status.generation], ["failed", 2]);
    assert.equal(scenario.state("leet"), "error");
    const replaced = await apply(version(3));
    assert.deepEqual([replaced.outcome, replaced.status.generation], ["replaced", 3]);
    assert.equal(await scenario.get("leet", "/back"), "200 /back");
  });

  it("starts a workload that was stopped, where it changed", async () => {
    scenario = await Scenario.start(version(1));
    await scenario.host.stop("leet");
    assert.equal((await apply(version(1))).outcome, "unchanged");
    assert.equal(scenario.state("leet"), "completed");
    assert.equal((await apply(version(2))).outcome, "replaced");
    assert.equal(scenario.state("leet"), "running");
  });

  it("moves the routes with it", async () => {
    scenario = await Scenario.start(version(1), { ...version(1), name: "neighbour" });
    const [workload] = await scenario.load(version(2));
    assert.ok(workload?.http);
    const http = { ...workload.http, hosts: ["moved.localhost"] };
    const [applied] = await scenario.host.apply([{ ...workload, http }]);
    assert.equal(applied?.outcome, "replaced");
    assert.equal((await scenario.call("leet", "/gone")).status, 404);
    assert.equal(await scenario.get("moved", "/here"), "200 /here");
  });

  it("leaves the replicas that stay alone where only their number changes", async () => {
    scenario = await Scenario.begin({ ...version(1), replicas: 2 });
    await scenario.until(() => scenario.host.get("leet").state.tag === "running");
    const [first] = scenario.host.get("leet").replicas;
    const more = await apply({ ...version(1), replicas: 3 });
    assert.deepEqual([more.outcome, more.status.replicas.length], ["replaced", 3]);
    assert.equal(more.status.state.tag, "running");
    assert.deepEqual(more.status.replicas[0]?.transitions, first?.transitions);
    const less = await apply({ ...version(1), replicas: 1 });
    assert.deepEqual(less.status.replicas[0]?.transitions, first?.transitions);
    assert.equal(less.status.replicas.length, 1);
    assert.equal(await scenario.get("leet", "/one"), "200 /one");
    const none = await apply({ ...version(1), replicas: 0 });
    assert.deepEqual(none.status.state, { tag: "completed", reason: "It has no replicas" });
    assert.equal((await scenario.call("leet", "/none")).status, 503);
  });

  it("comes back at once where it is not to wait", async () => {
    scenario = await Scenario.start(version(1));
    const [applied] = await scenario.host.apply(await scenario.load(version(2)), { wait: false });
    assert.deepEqual([applied?.outcome, applied?.status.generation], ["replaced", 1]);
    await scenario.until(() => scenario.host.get("leet").generation === 2);
  });

  it("stops waiting where its signal says so, and goes on", async () => {
    scenario = await Scenario.start(version(1));
    const signal = AbortSignal.abort(new Error("Nobody waits"));
    const applying = scenario.host.apply(await scenario.load(version(2)), { signal });
    await assert.rejects(applying, { message: "Nobody waits" });
    await scenario.until(() => scenario.host.get("leet").generation === 2);
  });
});
