import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { Scenario } from "../support/scenario.ts";

describe("the quota of a workload", function () {
  this.timeout(20_000);

  it("refuses the socket that is one too many, and gives it when another is closed", async () => {
    // One for the port of the service, one for a client.
    const limits = { sockets: 1 };
    await using scenario = await Scenario.start({
      name: "small",
      service: { guest: "service-misbehave", resources: { limits } },
      component: { guest: "http-dial", poolSize: 2, timeout: "1s", resources: { limits } },
    });
    const holding = scenario.get("small", "/held");
    await assertEventually(async () => {
      const answer = await scenario.get("small", "/reach?port=7777");
      assert.equal(answer, "200 new-socket-limit");
    });
    assert.match(await holding, /^504 /, "its timeout ends the call that held the socket");
    await assertEventually(async () => {
      assert.equal(await scenario.get("small", "/reach?port=7777"), "200 connected");
    });
  });

  it("refuses the listener that is one too many, and gives it when the others are closed", async () => {
    await using scenario = await Scenario.begin({
      name: "few",
      service: {
        guest: "service-attempt",
        args: ["listeners 3", "listeners 4", "listeners 3"],
        resources: { limits: { listeners: 3 } },
      },
    });
    await scenario.untilState("few", "completed");
    assert.deepEqual(scenario.linesOf("few"), [
      "listeners 3: 3 then ok",
      "listeners 4: 3 then new-socket-limit",
      "listeners 3: 3 then ok",
    ]);
  });
});

/** Until `check` holds; its last failure where it does not within two seconds. */
async function assertEventually(check: () => Promise<void>): Promise<void> {
  for (const end = Date.now() + 2_000; ;) {
    try {
      await check();
      return;
    } catch (error) {
      if (Date.now() > end) throw error;
    }
  }
}
