import { fileURLToPath } from "node:url";
import { startServer } from "../support/host-process.ts";
import { type Bench, median } from "./bench.ts";
import { requestRate } from "./load.ts";

/** What it costs the ingress to have many routes: hosts, wildcards and paths. */
export const ingressRoutes: Bench = {
  name: "ingress-routes",
  unit: "requests/s",
  better: "more",
  versus: "100 routes against one, without workloads, 32 connections",
  async run(budget) {
    const rounds = Math.max(1, Math.floor(budget / 4000));
    const seconds = Math.max(1, Math.floor(budget / rounds / 2000));
    const ours: number[] = [];
    const reference: number[] = [];
    // By turns, so that a slow moment of the machine hits both.
    for (let round = 0; round < rounds; round += 1) {
      ours.push(await rateWith(100, seconds));
      reference.push(await rateWith(1, seconds));
    }
    return { ours: median(ours), reference: median(reference) };
  },
};

async function rateWith(routes: number, seconds: number): Promise<number> {
  const program = fileURLToPath(new URL("reference/routes-server.ts", import.meta.url));
  await using server = await startServer([program, String(routes)]);
  await requestRate({ url: server.url, connections: 32, seconds: 1 });
  return await requestRate({ url: server.url, connections: 32, seconds });
}
