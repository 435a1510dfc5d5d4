import assert from "node:assert/strict";
import { after, before, describe, it } from "mocha";
import { problemIn } from "../support/http-call.ts";
import { Scenario } from "../support/scenario.ts";

describe("a component that misbehaves", function () {
  this.timeout(20_000);
  let scenario: Scenario;
  before(async () => {
    scenario = await Scenario.start({
      name: "bad",
      component: {
        guest: "http-misbehave",
        poolSize: 1,
        timeout: "1s",
        limits: { memory: "16Mi" },
      },
    });
  });
  after(() => scenario[Symbol.asyncDispose]());

  /** The next request is answered by an instance that the last one did no harm. */
  async function checkNext(): Promise<void> {
    assert.equal(await scenario.get("bad", "/sleep?ms=1"), "200 slept");
  }

  for (const [path, detail] of [
    ["/trap", /trapped: .*unreachable/],
    ["/no-response", /without a response/],
    ["/exit", /exit/],
    ["/error", /connection-refused/],
  ] as const) {
    it(`makes a 502 that says why of ${path}, and the next request is fine`, async () => {
      const answer = await scenario.call("bad", path);
      assert.equal(answer.status, 502);
      const problem = problemIn(answer);
      assert.equal(problem.workload, "default/bad");
      assert.equal(problem.guest, "api");
      assert.equal(problem.status, 502);
      assert.equal(problem.title, "Bad Gateway");
      assert.match(problem.detail, detail);
      await checkNext();
    });
  }

  for (const path of ["/half", "/short"]) {
    it(`has its connection cut where its body is incomplete (${path})`, async () => {
      await assert.rejects(scenario.call("bad", path), { code: "ECONNRESET" });
      await checkNext();
    });
  }

  it("keeps to its first response where it responds twice", async () => {
    assert.match(await scenario.get("bad", "/twice"), /^200 first$/);
    await checkNext();
  });

  it("is given up after its timeout, and its instance is replaced", async () => {
    const answer = await scenario.call("bad", "/sleep?ms=60000");
    assert.equal(answer.status, 504);
    const { workload, guest, detail } = problemIn(answer);
    assert.deepEqual({ workload, guest }, { workload: "default/bad", guest: "api" });
    assert.match(detail, /longer than 1 s/);
    await checkNext();
  });

  it("may take its time within the timeout", async () => {
    assert.equal(await scenario.get("bad", "/sleep?ms=200"), "200 slept");
  });

  it("gets no more memory than its limit", async () => {
    const { status, text } = await scenario.call("bad", "/grow");
    assert.equal(status, 200);
    assert.ok(Number(text) > 200 && Number(text) < 256, `${text} pages were granted`);
    await checkNext();
  });

  it("fails a hundred times in a row without harm", async () => {
    for (let round = 0; round < 100; round++) {
      const path = ["/trap", "/no-response", "/exit", "/error"][round % 4] ?? "";
      assert.equal((await scenario.call("bad", path)).status, 502);
    }
    await checkNext();
  });
});

describe("a service that grows its memory", function () {
  this.timeout(20_000);

  it("gets no more than its limit, and lives on", async () => {
    await using scenario = await Scenario.start({
      name: "big",
      service: { guest: "service-misbehave", limits: { memory: "16Mi" } },
      component: { guest: "http-dial", poolSize: 1 },
    });
    const [status, pages] = (await scenario.get("big", "/grow")).split(" ");
    assert.equal(status, "200");
    assert.ok(Number(pages) > 100 && Number(pages) < 256, `${pages} pages were granted`);
    assert.equal(await scenario.get("big", "/grow"), "200 0");
    assert.equal(scenario.state("big"), "running");
  });
});
