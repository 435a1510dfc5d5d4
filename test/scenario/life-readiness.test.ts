import assert from "node:assert/strict";
import { afterEach, describe, it } from "mocha";
import type { GuestSpec } from "../support/manifest.ts";
import { Scenario } from "../support/scenario.ts";

const WEB = { name: "web", port: 80 };
const LEET = { name: "leet", port: 7_777 };

describe("the readiness of a workload", function () {
  this.timeout(30_000);
  let scenario: Scenario;
  afterEach(() => scenario[Symbol.asyncDispose]());

  /** The state of a workload with such a service, and a component that dials it, once it is decided. */
  async function stateOf(service: GuestSpec, component: GuestSpec): Promise<string> {
    scenario = await Scenario.begin({ name: "leet", service, component });
    await scenario.until(() => scenario.state("leet") !== "starting");
    const { tag, reason } = scenario.host.get("leet").state;
    return `${tag}: ${reason}`;
  }

  const DIAL = { guest: "http-dial", poolSize: 2 } as const;

  it("comes with the first listener where ports are declared", async () => {
    const service = { guest: "service-misbehave", ports: [WEB] } as const;
    assert.equal(await stateOf(service, DIAL), "running: Its service listens on 127.0.0.1:7777");
  });

  it("comes with the port that is named", async () => {
    const service = {
      guest: "service-misbehave",
      ports: [WEB, LEET],
      readiness: { port: "leet" },
    } as const;
    assert.equal(await stateOf(service, DIAL), "running: Its service listens on 127.0.0.1:7777");
  });

  it("comes with a UDP port", async () => {
    const service = {
      guest: "udp-echo",
      ports: [{ name: "echo", port: 7_777, protocol: "UDP" }],
      readiness: { port: "echo" },
    } as const;
    assert.equal(await stateOf(service, DIAL), "running: Its service has UDP port 7777");
  });

  it("does not come with another port than the named one: the service is ended and restarted", async () => {
    const service = {
      guest: "service-misbehave",
      ports: [WEB],
      readiness: { port: "web", timeout: "200ms" },
      maxRestarts: 1,
    } as const;
    const missing = "ts service does not have TCP port 80 after 200 ms (readiness.timeout)";
    assert.equal(await stateOf(service, DIAL), `error: I${missing}; maxRestarts is 1`);
    assert.equal(
      scenario.statesOf("leet")[0]?.reason,
      `Restart 1 of 1 in ${/in (\d+ ms)/.exec(scenario.statesOf("leet")[0]?.reason ?? "")?.[1]}: i${missing}`,
    );
  });

  it("comes with an answer of the component to a path", async () => {
    const service = { guest: "service-misbehave", readiness: { http: { path: "/up" } } } as const;
    assert.equal(await stateOf(service, DIAL), "running: It answers /up");
    assert.equal(await scenario.get("leet", "/hello"), "200 /hello");
  });

  it("does not come with an answer that is none", async () => {
    const service = {
      guest: "service-misbehave",
      readiness: { http: { path: "/nowhere" }, timeout: "500ms" },
    } as const;
    assert.equal(
      await stateOf(service, { guest: "http-misbehave" }),
      "error: Its service does not answer /nowhere after 500 ms (readiness.timeout); maxRestarts is 0",
    );
  });

  it("is waited for by the ingress, which says when to try again", async () => {
    scenario = await Scenario.begin({
      name: "leet",
      service: {
        guest: "service-misbehave",
        ports: [WEB],
        readiness: { port: "web", timeout: "1m" },
      },
      component: DIAL,
    });
    await scenario.until(() => scenario.events.some(({ tag }) => tag === "port"));
    const answer = await scenario.call("leet", "/hello");
    assert.equal(answer.status, 503);
    assert.ok(answer.headers["retry-after"]);
  });
});
