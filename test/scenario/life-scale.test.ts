import assert from "node:assert/strict";
import { describe, it } from "mocha";
import type { WorkloadSpec } from "../support/manifest.ts";
import { Scenario } from "../support/scenario.ts";

const COUNT = 40;

describe("a host with many workloads", function () {
  this.timeout(120_000);

  it("starts them some at a time while it answers, serves them all, and stops them", async () => {
    await using scenario = await Scenario.start({
      name: "first",
      component: { guest: "http-hello", poolSize: 1 },
    });
    const specs = Array.from({ length: COUNT }, (_, index): WorkloadSpec => ({
      name: `w${index}`,
      service: { guest: "service-misbehave" },
      component: { guest: "http-dial", poolSize: 1 },
    }));
    let isApplied = false;
    const answers: number[] = [];
    const client = (async () => {
      while (!isApplied) answers.push((await scenario.call("first", "/")).status);
    })();
    const workloads = await scenario.load(...specs);
    const applied = await scenario.host.apply(workloads);
    isApplied = true;
    await client;
    assert.deepEqual(new Set(applied.map(({ outcome }) => outcome)), new Set(["created"]));
    assert.deepEqual(new Set(answers), new Set([200]));
    assert.equal(scenario.host.list().length, COUNT + 1);
    const paths = await Promise.all(specs.map(({ name }) => scenario.get(name, `/${name}`)));
    assert.deepEqual(
      paths,
      specs.map(({ name }) => `200 /${name}`),
    );
    await Promise.all(specs.map(({ name }) => scenario.host.delete(name)));
    assert.deepEqual(
      scenario.host.list().map(({ name }) => name),
      ["first"],
    );
  });
});
