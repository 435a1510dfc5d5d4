import { writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { type Bench, type Result, toResult } from "./bench.ts";
import { loadGenerator } from "./load.ts";
import { formatTable } from "./table.ts";
import { benches } from "./benches.ts";

/** Time for one benchmark in milliseconds: in full, and so that all are done within 50 seconds. */
const BUDGET = { full: 8000, quick: 1500 };

const { values } = parseArgs({
  options: {
    quick: { type: "boolean", default: false },
    json: { type: "string" },
    only: { type: "string", multiple: true },
  },
});

// As the launcher does: cells load their modules from it.
process.env["NODE_COMPILE_CACHE"] ??= join(tmpdir(), "islet-bench-node");

const chosen = benches.filter((bench) =>
  values.only === undefined
    ? !(values.quick && bench.slow === true)
    : values.only.some((name) => bench.name.startsWith(name)),
);
if (chosen.length === 0) throw new Error(`No benchmark is called ${values.only?.join(" or ")}`);
console.error(`Load comes from ${loadGenerator()}; Node ${process.version}`);

const rows: [Bench, Result][] = [];
for (const bench of chosen) {
  const reason = bench.skip?.();
  if (reason !== undefined) {
    console.error(`${bench.name}: skipped, since ${reason}`);
    continue;
  }
  const started = performance.now();
  const measurement = await bench.run(values.quick ? BUDGET.quick : BUDGET.full);
  rows.push([bench, toResult(bench, measurement)]);
  console.error(`${bench.name}: ${((performance.now() - started) / 1000).toFixed(1)} s`);
}
console.log(formatTable(rows));
if (values.json !== undefined) {
  const results = rows.map(([, result]) => result);
  await writeFile(values.json, `${JSON.stringify(results, undefined, 2)}\n`);
}
