import assert from "node:assert/strict";
import { after, before, beforeEach, describe, it } from "mocha";
import type { ReplicaStatus } from "../../host/workload/status.ts";
import { problemIn } from "../support/http-call.ts";
import { Scenario } from "../support/scenario.ts";

const LEET = {
  name: "leet",
  service: { guest: "service-misbehave" },
  component: { guest: "http-dial", poolSize: 2 },
} as const;

describe("the life of a workload", function () {
  this.timeout(30_000);
  let scenario: Scenario;
  before(async () => {
    scenario = await Scenario.start(LEET);
  });
  after(() => scenario[Symbol.asyncDispose]());
  beforeEach(async () => {
    await scenario.host.start("leet");
  });

  function replica(): ReplicaStatus {
    const [first] = scenario.host.get("leet").replicas;
    assert.ok(first);
    return first;
  }

  function tags(): string[] {
    return replica().transitions.map(({ state }) => state.tag);
  }

  it("is told with its ID, its generation and its changes of state", () => {
    const status = scenario.host.get("leet");
    assert.match(status.id, /^[0-9a-f-]{36}$/);
    assert.deepEqual(
      [status.namespace, status.name, status.generation, status.state.tag],
      ["default", "leet", 1, "running"],
    );
    assert.deepEqual(
      replica().transitions.map(({ state }) => state),
      [
        { tag: "starting", reason: "Starting" },
        { tag: "running", reason: "Its service listens on 127.0.0.1:7777" },
      ],
    );
    for (const { time } of replica().transitions) assert.ok(time >= status.createdAt - 1_000);
  });

  it("shows what its thread uses", async () => {
    await scenario.get("leet", "/hello");
    const { cpuTime, heap, restarts, requests } = replica();
    assert.ok(cpuTime !== undefined && cpuTime > 0);
    assert.ok(heap !== undefined && heap > 2 ** 20);
    assert.deepEqual({ restarts, requests }, { restarts: 0, requests: 0 });
  });

  it("lists what its service listens on, and nothing once that is gone", async () => {
    assert.deepEqual(scenario.host.listeners("leet"), [
      { replica: 0, protocol: "tcp", address: "127.0.0.1:7777" },
    ]);
    await scenario.host.stop("leet");
    assert.deepEqual(scenario.host.listeners("leet"), []);
  });

  it("is stopped, stays known, answers that it is, and starts again", async () => {
    const { id } = scenario.host.get("leet");
    const stopped = await scenario.host.stop("leet");
    assert.deepEqual(stopped.state, { tag: "completed", reason: "Stopped by request" });
    assert.deepEqual(await scenario.host.stop("leet"), stopped);
    const answer = await scenario.call("leet", "/hello");
    assert.equal(answer.status, 503);
    assert.ok(answer.headers["retry-after"]);
    assert.match(problemIn(answer).detail, /Stopped by request/);
    const started = await scenario.host.start("leet");
    assert.deepEqual([started.id, started.generation, started.state.tag], [id, 1, "running"]);
    assert.equal(await scenario.get("leet", "/hello"), "200 /hello");
    assert.deepEqual(tags().slice(-4), ["stopping", "completed", "starting", "running"]);
  });

  it("is left alone by a start while it runs", async () => {
    const before = scenario.host.get("leet").replicas[0]?.transitions;
    await scenario.host.start("leet");
    assert.deepEqual(scenario.host.get("leet").replicas[0]?.transitions, before);
  });

  it("starts again by request after an error, with all of its restarts", async () => {
    await scenario.get("leet", "/trap");
    await scenario.until(() => scenario.state("leet") === "error");
    assert.match(scenario.host.get("leet").state.reason, /trapped: .*; maxRestarts is 0$/);
    await scenario.host.start("leet");
    assert.equal(await scenario.get("leet", "/hello"), "200 /hello");
    assert.equal(replica().restarts, 0);
  });

  it("is restarted without an unanswered request", async () => {
    const statuses: number[] = [];
    let isDone = false;
    const client = (async () => {
      while (!isDone) statuses.push((await scenario.call("leet", "/hello")).status);
    })();
    for (let time = 0; time < 3; time += 1) await scenario.host.restart("leet");
    isDone = true;
    await client;
    assert.equal(scenario.host.get("leet").generation, 1);
    assert.deepEqual(new Set(statuses), new Set([200]));
  });

  it("keeps ten changes of state", async () => {
    for (let time = 0; time < 5; time += 1) {
      await scenario.host.stop("leet", { gracePeriod: 0 });
      await scenario.host.start("leet");
    }
    assert.equal(replica().transitions.length, 10);
    assert.equal(tags().at(-1), "running");
  });

  it("has all that happened to it in its log", async () => {
    const { entries } = scenario.host.logs("leet", {});
    assert.ok(entries.some(({ guest, line }) => guest === "service" && /7777/.test(line)));
    const said = entries.filter(({ stream }) => stream === "host").map(({ line }) => line);
    const told = new Set(said);
    assert.ok(told.has("running: Its service listens on 127.0.0.1:7777"));
    assert.ok(told.has("completed: Stopped by request"));
  });

  it("is found by its ID, its name, and its name with its namespace", async () => {
    const other = { name: "other", service: LEET.service };
    await scenario.apply({ ...other, namespace: "one" }, { ...other, namespace: "two" });
    const { id } = scenario.host.get("one/other");
    assert.equal(scenario.host.get(id).namespace, "one");
    assert.deepEqual(
      scenario.host.list().map(({ namespace, name }) => `${namespace}/${name}`),
      ["default/leet", "one/other", "two/other"],
    );
    assert.throws(() => scenario.host.get("other"), {
      code: "ambiguous",
      message: '"other" is not one workload but several: one/other, two/other',
    });
    assert.throws(() => scenario.host.get("nobody"), { code: "not-found" });
    await scenario.host.delete("one/other");
    assert.equal(scenario.host.get("other").namespace, "two");
    await scenario.host.delete("two/other");
  });

  it("is deleted: its route, its name and its log are gone, and it may come back as another", async () => {
    const { id } = scenario.host.get("leet");
    await scenario.host.delete("leet");
    assert.throws(() => scenario.host.get("leet"), { code: "not-found" });
    await assert.rejects(scenario.host.delete(id), { code: "not-found" });
    assert.equal((await scenario.call("leet", "/hello")).status, 404);
    assert.ok(scenario.events.some((event) => event.tag === "deleted" && event.id === id));
    const [applied] = await scenario.apply(LEET);
    assert.equal(applied?.outcome, "created");
    assert.notEqual(applied?.status.id, id);
  });
});
