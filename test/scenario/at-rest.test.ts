import assert from "node:assert/strict";
import { connect, type Socket } from "node:net";
import { afterEach, beforeEach, describe, it } from "mocha";
import type { ForwardStatus } from "../../host/ingress/forward/forward.ts";
import { parsePublish } from "../../host/network/publish.ts";
import { problemIn } from "../support/http-call.ts";
import type { WorkloadSpec } from "../support/manifest.ts";
import { Scenario } from "../support/scenario.ts";

// A visitor waits for 30 seconds where a workload may come back, and a request for 5.
describe("a workload that does not come back by itself", function () {
  this.timeout(25_000);
  let scenario: Scenario;
  beforeEach(async () => {
    scenario = await Scenario.start(shop(1));
  });
  afterEach(() => scenario[Symbol.asyncDispose]());

  for (const [command, tag, why] of [
    ["exit", "completed", /^Cannot reach port 7777: the workload has completed: Its service ended/],
    ["trap", "error", /^Cannot reach port 7777: the workload is in error: Its service trapped/],
  ] as const) {
    it(`has nobody wait who visits it while it is ${tag}, and all join once it is started`, async () => {
      const forward = await scenario.host.forwards.add("shop", {
        publish: parsePublish("auto"),
        protocol: "tcp",
        port: 7777,
      });
      dial(forward).end(`${command}\n`);
      await scenario.untilState("shop", tag);
      for (let count = 0; count < 3; count += 1) assert.equal(await line(forward, "x"), "reset");
      const { stats } = scenario.host.forwards.get("shop", forward.id);
      assert.match(stats.lastError?.message ?? "", why);
      assert.ok(stats.refused >= 3);
      const answer = await scenario.call("shop", "/");
      assert.equal(answer.status, 503);
      assert.match(
        problemIn(answer).detail,
        /the workload (has completed|is in error): Its service/,
      );

      const started = scenario.host.start("shop");
      await scenario.untilState("shop", "starting");
      assert.equal(await line(forward, "one"), "one");
      await started;
      assert.equal(await line(forward, "two"), "two");
      await scenario.host.stop("shop");
      assert.equal((await scenario.call("shop", "/")).status, 503);
    });
  }

  it("has visitors wait from when its next version starts", async () => {
    const publish = parsePublish("auto");
    const forward = await scenario.host.forwards.add("shop", {
      publish,
      protocol: "tcp",
      port: 7777,
    });
    dial(forward).end("trap\n");
    await scenario.untilState("shop", "error");
    assert.equal(await line(forward, "x"), "reset");
    await scenario.apply(shop(2));
    assert.equal(await line(forward, "one"), "one");
  });
});

/** A service that does what it is told, and answers requests by its own route. */
function shop(version: number): WorkloadSpec {
  return {
    name: "shop",
    service: {
      guest: "service-misbehave",
      maxRestarts: 0,
      ports: [{ name: "web", port: 7777 }],
      resources: { environment: { config: { VERSION: String(version) } } },
    },
    spec: {
      hostInterfaces: [
        {
          namespace: "wasi",
          package: "http",
          interfaces: ["incoming-handler"],
          config: { host: "shop.localhost", port: "7777" },
        },
      ],
    },
  };
}

function dial({ outsides: [outside] }: ForwardStatus): Socket {
  assert.ok(outside?.tag === "port");
  const socket = connect({ port: outside.port, host: outside.address });
  socket.on("error", () => {});
  return socket;
}

/** Sends a line and gives the one that comes back, or `reset`. */
async function line(forward: ForwardStatus, text: string): Promise<string> {
  const socket = dial(forward);
  socket.write(`${text}\n`);
  const { promise, resolve } = Promise.withResolvers<string>();
  socket.once("data", (chunk: Buffer) => resolve(chunk.toString().trim()));
  socket.once("close", () => resolve("reset"));
  const answer = await promise;
  socket.destroy();
  return answer;
}
