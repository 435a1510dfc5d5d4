import assert from "node:assert/strict";
import { after, before, describe, it } from "mocha";
import { Scenario } from "../support/scenario.ts";

describe("the network of a workload", function () {
  this.timeout(20_000);
  let scenario: Scenario;
  before(async () => {
    scenario = await Scenario.start(
      {
        name: "one",
        service: { guest: "tcp-echo" },
        component: { guest: "http-dial", poolSize: 2 },
      },
      {
        name: "two",
        service: { guest: "tcp-sink" },
        component: { guest: "http-dial", poolSize: 2 },
      },
      { name: "three", component: { guest: "http-dial", poolSize: 2 } },
    );
  });
  after(() => scenario[Symbol.asyncDispose]());

  it("denies a component to bind a port", async () => {
    assert.equal(await scenario.get("one", "/bind"), "200 access-denied");
  });

  it("lets a service listen on every address, which means 127.0.0.1", () => {
    const ports = scenario.events.flatMap((event) => (event.tag === "port" ? [event] : []));
    const one = ports.find(({ workload }) => workload === "default/one");
    assert.deepEqual(one, {
      tag: "port",
      workload: "default/one",
      address: "127.0.0.1:7777",
      open: true,
    });
  });

  it("leads a component to its own service on 127.0.0.1", async () => {
    assert.equal(await scenario.get("one", "/reach?port=7777"), "200 connected");
    assert.equal(await scenario.get("one", "/some-line"), "200 /some-line");
  });

  it("leads no guest to a port that another workload listens on", async () => {
    const names = ["one", "two", "three"];
    const listeners = scenario.events.flatMap((event) =>
      event.tag === "port" && event.open
        ? [{ owner: event.workload.slice("default/".length), port: portOf(event.address) }]
        : [],
    );
    assert.deepEqual(new Set(listeners.map(({ port }) => port)), new Set([7777, 7778]));
    for (const name of names) {
      for (const { owner, port } of listeners) {
        const expected = name === owner ? "200 connected" : "200 connection-refused";
        const answer = await scenario.get(name, `/reach?port=${port}`);
        assert.equal(answer, expected, `${name} to port ${port} of ${owner}`);
      }
    }
  });

  it("leads no guest to a port of the machine", async () => {
    const port = portOf(new URL(scenario.url).host);
    assert.equal(await scenario.get("one", `/reach?port=${port}`), "200 connection-refused");
  });
});

function portOf(address: string): number {
  return Number(address.slice(address.lastIndexOf(":") + 1));
}
