import { setFlagsFromString } from "node:v8";
import { readdirSync, readlinkSync } from "node:fs";
import { setTimeout } from "node:timers/promises";
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

/** Counts again and again until `isEnough`, for what ends a little later than its owner: at most for half a minute. */
export async function settledLeftovers(
  isEnough: (leftovers: Leftovers) => boolean,
): Promise<Leftovers> {
  for (let look = 0; ; look++) {
    const leftovers = await countLeftovers();
    if (isEnough(leftovers) || look === LOOKS) return leftovers;
    await setTimeout(1000);
  }
}

const LOOKS = 30;

/** What each open descriptor of this process leads to, for a person to compare. */
export function describeHandles(): string[] {
  return readdirSync("/proc/self/fd").flatMap((fd) => {
    try {
      return [`${fd} ${readlinkSync(`/proc/self/fd/${fd}`)}`];
    } catch {
      // The one that the listing itself had open.
      return [];
    }
  });
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
