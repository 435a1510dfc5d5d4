import assert from "node:assert/strict";
import { HostQuota } from "../../host/network/host-quota.ts";
import { QUOTA_KINDS } from "../../host/network/quota-table.ts";
import { createCell } from "../../host/workload/cell.ts";
import { withQuota } from "../../host/workload/quota-cell.ts";
import { createTestCompiler, RealWorkload, workloadOf } from "../host/workload/real-workload.ts";

/** What is in use of each kind of which something is, in words. */
export type Usage = Readonly<Record<string, number>>;

/** What a workload held before, after, and once it had stopped. */
export interface Churned {
  readonly before: Usage;
  readonly after: Usage;
  readonly stopped: Usage;
}

/**
 * Has a component open and close `connections` connections to its service, a line there and back on each.
 * Where `trapEvery` is given, the service traps at each so many-th, and is started anew.
 */
export async function churn(connections: number, trapEvery: number = Infinity): Promise<Churned> {
  await using compiler = createTestCompiler();
  const quota = new HostQuota({});
  const workload = workloadOf({
    service: "service-misbehave",
    component: "http-dial",
    serviceChanges: {
      maxRestarts: connections,
      restart: { policy: "always", backoff: { initial: 1, max: 1 }, healthyAfter: 1 },
    },
    componentChanges: { poolSize: CLIENTS },
  });
  await using test = await RealWorkload.start(workload, compiler, {
    createCell: withQuota(createCell, quota, {}),
  });
  await test.untilState("running");
  assert.equal(await test.get("/first"), "200 /first\n");
  const before = usageOf(quota);
  const size = Math.min(connections, trapEvery);
  for (let done = 0; done < connections; done += size) {
    const traps = trapEvery !== Infinity;
    await askTimes(test, traps ? size - 1 : size);
    if (traps) await trap(test);
  }
  assert.equal(await test.get("/last"), "200 /last\n");
  const after = await settledUsage(quota, before);
  await test.running.stop();
  return { before, after, stopped: usageOf(quota) };
}

const CLIENTS = 8;

async function askTimes(test: RealWorkload, times: number): Promise<void> {
  let left = times;
  const clients = Array.from({ length: CLIENTS }, async () => {
    while (left > 0) {
      left -= 1;
      assert.equal(await test.get("/line"), "200 /line\n");
    }
  });
  await Promise.all(clients);
}

/** Until the service, which has trapped, listens again. */
async function trap(test: RealWorkload): Promise<void> {
  const opened = (): number => test.ports.filter((port) => port.startsWith("+")).length;
  const before = opened();
  assert.match(await test.get("/trap"), /^502 the service closed the connection: /);
  await test.until(() => opened() > before);
}

function usageOf(quota: HostQuota): Usage {
  const used = QUOTA_KINDS.map((kind) => [kind, quota.used(kind)] as const);
  return Object.fromEntries(used.filter(([, count]) => count !== 0));
}

/** The usage once it is as expected, or after a second. */
async function settledUsage(quota: HostQuota, expected: Usage): Promise<Usage> {
  for (let round = 0; round < 100; round += 1) {
    if (JSON.stringify(usageOf(quota)) === JSON.stringify(expected)) break;
    await new Promise((resolve) => {
      setTimeout(resolve, 10);
    });
  }
  return usageOf(quota);
}
