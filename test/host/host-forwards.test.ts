import assert from "node:assert/strict";
import { setImmediate } from "node:timers/promises";
import { afterEach, beforeEach, describe, it } from "mocha";
import { type ForwardedWorkload, HostForwards } from "../../host/host-forwards.ts";
import { ForwardTable } from "../../host/ingress/forward/forward-table.ts";
import { OperationError } from "../../host/workload/operation-error.ts";
import { SwitchedWayIn } from "../../host/workload/way-in.ts";
import { SERVICE, workloadOf } from "./workload/fleet-lab.ts";

const PORTS = [{ name: "web", port: 80, protocol: "tcp", publish: "auto" }] as const;

describe("HostForwards", () => {
  let table: ForwardTable;
  let forwards: HostForwards;
  let known: ForwardedWorkload | undefined;
  beforeEach(() => {
    table = new ForwardTable({ ownPort: () => ({ [Symbol.dispose]: () => {} }) });
    forwards = new HostForwards(table, () => {
      if (known === undefined) throw new OperationError("not-found", "There is none");
      return known;
    });
    known = workload(false);
  });
  afterEach(() => table[Symbol.asyncDispose]());

  it("opens what is asked for while what was open is given up", async () => {
    for (let turns = 0; turns < 8; turns += 1) {
      const begun = forwards.begin(workload(false));
      for (let turn = 0; turn < turns; turn += 1) await setImmediate();
      forwards.leave("default/shop");
      await begun;
      await forwards.settle("default/shop");
      assert.equal(forwards.list().length, 1);
      forwards.leave("default/shop");
      assert.equal(forwards.list().length, 0);
    }
  });

  it("leaves none open to a workload that was stopped or deleted meanwhile", async () => {
    for (const after of [workload(true), undefined]) {
      known = workload(false);
      const settled = forwards.settle("default/shop");
      known = after;
      await settled;
      assert.equal(forwards.list().length, 0);
    }
  });

  it("says that the host is stopping where it is", async () => {
    await table[Symbol.asyncDispose]();
    await assert.rejects(forwards.begin(workload(false)), {
      name: "OperationError",
      code: "closed",
    });
  });
});

function workload(isStopped: boolean): ForwardedWorkload {
  const service = { ...SERVICE, ports: PORTS };
  return {
    name: "default/shop",
    workload: workloadOf("shop", "shop.localhost", 1, service),
    isStopped,
    wayIn: new SwitchedWayIn(),
  };
}
