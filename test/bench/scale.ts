import { execFile } from "node:child_process";
import { mkdtempDisposable, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { startIslet } from "../support/host-process.ts";
import { manifestOf } from "../support/manifest.ts";
import { holdingsOf } from "../support/machine.ts";
import type { Bench } from "./bench.ts";

/** Requests a second that one workload answers while all others of its host idle. */
export const scale: Bench = {
  name: "scale-rate",
  unit: "requests/s",
  better: "more",
  versus: "the same host program with one workload; it has 500",
  slow: true,
  async run(budget) {
    const seconds = Math.max(1, Math.floor(budget / 2000));
    const one = await measure(1, seconds);
    await measure(50, seconds);
    const many = await measure(500, seconds, one.memory);
    return { ours: many.rate, reference: one.rate };
  },
};

interface Figures {
  readonly rate: number;
  /** Resident, in MiB, before the load. */
  readonly memory: number;
}

/** `base` is what the host takes with one workload. */
async function measure(count: number, seconds: number, base?: number): Promise<Figures> {
  await using directory = await mkdtempDisposable(join(tmpdir(), "islet-bench-"));
  const manifest = join(directory.path, "scale.yaml");
  const names = Array.from({ length: count }, (_, index) => `scale-${index}`);
  await writeFile(
    manifest,
    manifestOf(
      names.map((name) => ({ name, component: { guest: "http-hello" as const, poolSize: 1 } })),
    ),
  );
  const begun = performance.now();
  const islet = await startIslet([manifest]);
  const ready = performance.now() - begun;
  await setTimeout(1500);
  const { memory } = await holdingsOf(islet.pid);
  // Once through all of them first: instances are made by their first request.
  await rateOf(islet.url, count, 1 + count / 250);
  const rate = await rateOf(islet.url, 1, seconds);
  // In the code of each workload, all of it cold where there are many.
  const spread = count === 1 ? rate : await rateOf(islet.url, count, seconds);
  const stopping = performance.now();
  await islet[Symbol.asyncDispose]();
  const stopped = performance.now() - stopping;
  const each = base === undefined ? "" : `, ${((memory - base) / (count - 1)).toFixed(1)} MiB each`;
  console.error(
    `  ${count} workloads: ready after ${ready.toFixed(0)} ms, ${memory.toFixed(0)} MiB${each}, ` +
      `${rate.toFixed(0)} requests/s to one, ${spread.toFixed(0)} spread over all, stopped in ${stopped.toFixed(0)} ms`,
  );
  return { rate, memory };
}

async function rateOf(url: string, count: number, seconds: number): Promise<number> {
  const program = fileURLToPath(new URL("reference/spread-load.ts", import.meta.url));
  const args = [program, url, String(count), "32", String(Math.ceil(seconds))];
  const { stdout } = await promisify(execFile)(process.execPath, args);
  return Number(stdout);
}
