/**
 * `npm run soak -- 10m`: what the host holds after a long time under load and among workloads that misbehave,
 * against what it held before. `npm run soak -- 10m 42` repeats the chaos of the seed 42.
 */
import { parseDuration } from "../../host/manifest/duration.ts";
import { hasProc } from "../support/machine.ts";
import { soakChaos } from "./chaos/chaos.ts";
import { type Check, holds, toTable } from "./check.ts";
import { soakChurn } from "./churn.ts";
import { soakSlowLoris } from "./slow-loris.ts";
import { soakReplace } from "./replace.ts";
import { soakTasks } from "./tasks.ts";
import { soakUpload } from "./upload.ts";

/** The longest that the steady load runs; milliseconds. The chaos takes as long as it is told. */
const LOAD_MAX = 30_000;

const [text = "30s", seedText = String(Date.now() % 1_000_000)] = process.argv.slice(2);
const duration = parseDuration(text);
if (duration === undefined || duration < 2000) {
  console.error(`${text} is no duration of at least two seconds. Try 30s`);
  process.exit(2);
}
const seed = Number(seedText);
if (!Number.isSafeInteger(seed)) {
  console.error(`${seedText} is no seed. Try 42`);
  process.exit(2);
}
if (!hasProc) {
  console.error("Only Linux tells what a process holds; nothing to measure here");
  process.exit(1);
}

const load = Math.min(duration, LOAD_MAX);
console.log(`200 clients convert texts for ${load / 1000} s …`);
const checks: Check[] = [
  ...(await soakTasks(load)),
  ...(await soakUpload()),
  ...(await soakSlowLoris()),
];
console.log("20 000 connections, with and without a service that traps …");
checks.push(...(await soakChurn()));
console.log("50 versions of a workload, one after the other …");
checks.push(...(await soakReplace()));
console.log(`20 workloads in chaos for ${duration / 1000} s, seed ${seed} …`);
checks.push(...(await soakChaos(duration, seed)));
console.log(toTable(checks));
process.exitCode = checks.every(holds) ? 0 : 1;
