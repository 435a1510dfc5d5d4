import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { Scenario } from "../support/scenario.ts";

describe("a connect to a service that is still starting", function () {
  this.timeout(30_000);

  it("waits until it listens, and joins then", async () => {
    await using scenario = await restart({ delay: 400, timeout: "20s" });
    assert.equal(await scenario.get("slow", "/hello"), "200 /hello");
  });

  it("is refused when it does not listen within readiness.timeout", async () => {
    await using scenario = await restart({ delay: 2_000, timeout: "50ms" });
    assert.equal(await scenario.get("slow", "/hello"), "502 connection-refused");
    await untilPort(scenario, true, 2);
    assert.equal(await scenario.get("slow", "/hello"), "200 /hello");
  });
});

/** A workload whose service listens `delay` milliseconds after its start, and has just been restarted. */
async function restart(options: {
  readonly delay: number;
  readonly timeout: string;
}): Promise<Scenario> {
  const { delay, timeout } = options;
  const scenario = await Scenario.start({
    name: "slow",
    service: {
      guest: "service-misbehave",
      args: [`delay=${delay}`],
      readiness: { timeout },
      maxRestarts: 5,
      restart: { policy: "on-failure", backoff: { initial: "1ms", max: "1ms" } },
    },
    component: { guest: "http-dial", poolSize: 2 },
  });
  await untilPort(scenario, true);
  assert.match(await scenario.get("slow", "/trap"), /^502 the service closed the connection/);
  await untilPort(scenario, false);
  // The next one begins after a millisecond.
  await new Promise((resolve) => {
    setTimeout(resolve, 50);
  });
  return scenario;
}

/** Waits until the service has opened, or closed, its port so often. */
async function untilPort(scenario: Scenario, open: boolean, times = 1): Promise<void> {
  await scenario.until(
    () =>
      scenario.events.filter((event) => event.tag === "port" && event.open === open).length >=
      times,
  );
}
