import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { holdingsOf } from "../../support/machine.ts";

/** What this process, the host in it included, holds after all garbage was collected. Memory in MiB. */
export interface Leftovers {
  readonly heap: number;
  readonly buffers: number;
  readonly handles: number;
  readonly threads: number;
  readonly workers: number;
}

export async function countLeftovers(): Promise<Leftovers> {
  setFlagsFromString("--expose-gc");
  const collect: unknown = runInNewContext("gc");
  if (typeof collect === "function") collect();
  const { heapUsed, external } = process.memoryUsage();
  const { handles, threads } = await holdingsOf(process.pid);
  const workers = process.getActiveResourcesInfo().filter((name) => name === "MessagePort").length;
  return { heap: heapUsed / 2 ** 20, buffers: external / 2 ** 20, handles, threads, workers };
}
