import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, it } from "mocha";
import type { Workload } from "../../../host/manifest/workload.ts";
import type { HostedWorkload } from "../../../host/workload/hosted-workload.ts";
import { FleetLab, SERVICE, workloadOf } from "./fleet-lab.ts";

const COMPLETED = "the workload has completed: Its service ended with success";

let lab: FleetLab;

function hosted(): HostedWorkload {
  return lab.fleet.find("shop");
}

/** Notes each change of what the way in says. */
function watch(): (string | undefined)[] {
  const { wayIn } = hosted();
  const seen = [wayIn.atRest];
  const look = (): void => {
    if (wayIn.atRest !== seen.at(-1)) seen.push(wayIn.atRest);
    wayIn.whenChanged.add(look);
  };
  look();
  return seen;
}

describe("the way into a workload", () => {
  beforeEach(() => {
    lab = new FleetLab();
  });
  afterEach(() => lab[Symbol.asyncDispose]());

  it("is at rest from its error on until somebody starts it", async () => {
    const applied = lab.apply("shop", "shop.localhost", 1, SERVICE);
    await lab.untilCells(1);
    const seen = watch();
    lab.cell(0).report({ tag: "ready" });
    lab.cell(0).trap();
    await applied;
    assert.equal(seen.length, 2);
    assert.match(seen[1] ?? "", /^the workload is in error: .*; maxRestarts is 0$/);
    const started = hosted().start();
    await lab.untilCells(2);
    assert.equal(seen.length, 3);
    assert.equal(seen[2], undefined);
    lab.cell(1).report({ tag: "ready" });
    lab.cell(1).listen();
    await started;
    assert.equal(seen.length, 3);
  });

  it("is not at rest while it is restarted", async () => {
    const service = { ...SERVICE, maxRestarts: 1 };
    const applied = lab.apply("shop", "shop.localhost", 1, service);
    await lab.untilCells(1);
    const seen = watch();
    lab.cell(0).report({ tag: "ready" });
    lab.cell(0).listen();
    await applied;
    lab.cell(0).trap();
    await lab.turn();
    assert.equal(hosted().state.tag, "starting");
    assert.deepEqual(seen, [undefined]);
  });

  it("is not at rest while something is to take the place of what completed", async () => {
    await lab.completed("shop");
    const seen = watch();
    assert.deepEqual(seen, [COMPLETED]);
    const kept = assert.rejects(hosted().restart(), { name: "OperationError" });
    await lab.untilCells(2);
    assert.equal(hosted().wayIn.atRest, undefined);
    lab.cell(1).report({ tag: "ready" });
    lab.cell(1).trap();
    await kept;
    assert.equal(hosted().wayIn.atRest, COMPLETED);
    assert.equal(seen.at(-1), COMPLETED);
    const replaced = lab.apply("shop", "shop.localhost", 2, SERVICE);
    await lab.untilCells(3);
    assert.equal(hosted().wayIn.atRest, undefined);
    lab.cell(2).report({ tag: "ready" });
    lab.cell(2).listen();
    await replaced;
    assert.equal(seen.at(-1), undefined);
  });

  it("is not at rest while one of its replicas may come to listen", async () => {
    const workload: Workload = {
      ...workloadOf("shop", "shop.localhost", 1, SERVICE),
      replicas: 2,
    };
    void lab.fleet.apply([workload], { wait: false });
    await lab.untilCells(2);
    const seen = watch();
    lab.cell(0).report({ tag: "ready" });
    lab.cell(0).trap();
    await lab.turn();
    assert.equal(hosted().state.tag, "error");
    assert.deepEqual(seen, [undefined]);
    lab.cell(1).report({ tag: "ready" });
    lab.cell(1).complete();
    await lab.turn();
    assert.match(seen.at(-1) ?? "", /^the workload is in error: 1 of 2 replicas: /);
  });

  it("is at rest as soon as it drains to be stopped", async () => {
    await lab.running("shop", "shop.localhost");
    const seen = watch();
    lab.cell(0).load = 1;
    const stopped = hosted().stop();
    await lab.turn();
    assert.match(seen.at(-1) ?? "", /^the workload is stopping: /);
    lab.cell(0).load = 0;
    await stopped;
    assert.equal(hosted().wayIn.atRest, "the workload has completed: Stopped by request");
  });
});
