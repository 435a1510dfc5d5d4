import assert from "node:assert/strict";
import { Agent } from "node:http";
import { describe, it } from "mocha";
import { type Answer, problemIn } from "../support/http-call.ts";
import { Scenario } from "../support/scenario.ts";

/** As a manifest writes it; the reports of the host are in the same words. */
const HANG = "500ms";

describe("a guest that never returns", function () {
  this.timeout(20_000);

  it("loses its instance; its workload goes on and its neighbour answers all the time", async () => {
    await using scenario = await Scenario.start(
      {
        name: "spinner",
        component: { guest: "http-misbehave", poolSize: 1, limits: { hang: HANG } },
      },
      { name: "neighbour", component: { guest: "http-hello", poolSize: 1 } },
    );
    const over = new AbortController();
    const neighbour = answersUntil(scenario, over.signal);

    const spun = await scenario.call("spinner", "/spin");
    assert.equal(spun.status, 502);
    const { workload, guest, detail } = problemIn(spun);
    assert.deepEqual({ workload, guest }, { workload: "default/spinner", guest: "api" });
    assert.match(detail, /unresponsive for 500 ms/);

    assert.match(await scenario.get("spinner", "/headers"), /^200 /);
    assert.deepEqual(
      scenario.statesOf("spinner").map(({ tag }) => tag),
      ["running"],
    );

    over.abort();
    const answers = await neighbour;
    // One before and one after it would not tell.
    assert.ok(answers.length > 2, `only ${answers.length} requests were made`);
    assert.deepEqual(new Set(answers), new Set([200]));
    assert.deepEqual(
      scenario.statesOf("neighbour").map(({ tag }) => tag),
      ["running"],
    );
  });

  it("loses an instance as often as it spins", async () => {
    await using scenario = await Scenario.start({
      name: "spinner",
      component: { guest: "http-misbehave", poolSize: 1, limits: { hang: "100ms" } },
    });
    for (let round = 1; round <= 3; round++) {
      assert.equal((await scenario.call("spinner", "/spin")).status, 502);
    }
    assert.match(await scenario.get("spinner", "/headers"), /^200 /);
  });

  it("uses up a restart where it is a service", async () => {
    await using scenario = await Scenario.start({
      name: "spinner",
      service: { guest: "service-misbehave", maxRestarts: 1, limits: { hang: HANG } },
      component: { guest: "http-dial", poolSize: 1 },
    });
    assert.equal((await scenario.call("spinner", "/spin")).status, 502);
    await scenario.untilState("spinner", "running", 2);
    assert.equal(await scenario.get("spinner", "/back"), "200 /back");
    assert.equal((await scenario.call("spinner", "/spin")).status, 502);
    await scenario.untilState("spinner", "error");
    const answer = await scenario.call("spinner", "/back");
    assert.equal(answer.status, 503);
    assert.match(problemIn(answer).detail, /unresponsive for 500 ms/i);
  });

  it("does not keep the host from stopping", async () => {
    const scenario = await Scenario.start({
      name: "spinner",
      component: { guest: "http-misbehave", poolSize: 1, limits: { hang: "10m" } },
      spec: { terminationGracePeriod: "200ms" },
    });
    const spun = scenario.call("spinner", "/spin").then(statusOf, () => "cut");
    // The thread spins once its neighbour in the queue is not answered any more.
    await new Promise((resolve) => {
      setTimeout(resolve, 100);
    });
    await scenario[Symbol.asyncDispose]();
    assert.ok(["cut", 502].includes(await spun));
  });
});

/** Asks the neighbour again and again; gives the status of each answer. */
async function answersUntil(scenario: Scenario, signal: AbortSignal): Promise<number[]> {
  const agent = new Agent({ keepAlive: true });
  const statuses: number[] = [];
  while (!signal.aborted) {
    statuses.push(statusOf(await scenario.call("neighbour", "/", { agent })));
    await new Promise((resolve) => {
      setTimeout(resolve, 10);
    });
  }
  agent.destroy();
  return statuses;
}

function statusOf({ status }: Answer): number {
  return status;
}
