/** `npm run soak -- 30s`: what the host holds after a long time under load, against what it held after a second of it. */
import { parseDuration } from "../../host/manifest/duration.ts";
import { hasProc } from "../support/machine.ts";
import { type Check, holds, toTable } from "./check.ts";
import { soakTasks } from "./tasks.ts";
import { soakUpload } from "./upload.ts";

const [text = "30s"] = process.argv.slice(2);
const duration = parseDuration(text);
if (duration === undefined || duration < 2000) {
  console.error(`${text} is no duration of at least two seconds. Try 30s`);
  process.exit(2);
}
if (!hasProc) {
  console.error("Only Linux tells what a process holds; nothing to measure here");
  process.exit(1);
}

console.log(`200 clients convert texts for ${text} …`);
const checks: Check[] = [...(await soakTasks(duration)), ...(await soakUpload())];
console.log(toTable(checks));
process.exitCode = checks.every(holds) ? 0 : 1;
