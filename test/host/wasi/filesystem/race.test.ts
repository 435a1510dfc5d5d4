import assert from "node:assert/strict";
import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { once } from "node:events";
import { join } from "node:path";
import { Worker } from "node:worker_threads";
import { describe, it } from "mocha";
import { FOLLOW, get, MountLab, openFile, outcomeOf } from "./lab.ts";

/** Puts `link` in the place of `real` and back, as fast as it can, until told to stop. */
const SWAPPER = `
const { renameSync } = require("node:fs");
const { parentPort, workerData: { pairs, flags } } = require("node:worker_threads");
parentPort.postMessage("begun");
while (Atomics.load(flags, 0) === 0) {
  for (const [real, link] of pairs) {
    renameSync(real, real + ".aside");
    renameSync(link, real);
    renameSync(real, link);
    renameSync(real + ".aside", real);
  }
  Atomics.add(flags, 1, 1);
}
`;

/** Does `act` again and again while another thread swaps, until it has swapped and acted often enough. */
async function whileSwapped(
  pairs: readonly (readonly [string, string])[],
  act: () => void,
): Promise<void> {
  const flags = new Int32Array(new SharedArrayBuffer(8));
  const worker = new Worker(SWAPPER, { eval: true, workerData: { pairs, flags } });
  await once(worker, "message");
  const exited = once(worker, "exit");
  try {
    for (let count = 0; count < 2000 || Atomics.load(flags, 1) < 2000; count += 1) act();
  } finally {
    Atomics.store(flags, 0, 1);
    await exited;
  }
}

describe("A mount that changes while it is used", () => {
  it("is not left through a directory that becomes a link", async () => {
    using lab = new MountLab();
    mkdirSync(join(lab.inside, "d"));
    writeFileSync(join(lab.inside, "d/f"), "inside");
    writeFileSync(join(lab.outside, "f"), "outside");
    writeFileSync(join(lab.outside, "only"), "outside");
    symlinkSync("../outside", join(lab.inside, "relative"));
    const base = lab.open();
    const seen = new Set<string>();
    await whileSwapped([[join(lab.inside, "d"), join(lab.inside, "relative")]], () => {
      seen.add(`read ${outcomeOf(() => get(base, "d/f"))}`);
      seen.add(`only ${outcomeOf(() => base.statAt(FOLLOW, "d/only").type)}`);
      seen.add(
        `new ${outcomeOf(() => {
          base.createDirectoryAt("d/new");
          return "made";
        })}`,
      );
      outcomeOf(() => base.removeDirectoryAt("d/new"));
      outcomeOf(() => base.renameAt("d/only", base, "stolen"));
      outcomeOf(() => base.linkAt(FOLLOW, "d/only", base, "stolen"));
      outcomeOf(() => base.unlinkFileAt("d/only"));
      outcomeOf(() => openFile(base, "d/made", { create: true })[Symbol.dispose]());
    });
    for (const outcome of ["read outside", "only regular-file"])
      assert.ok(!seen.has(outcome), outcome);
    // Both faces of the directory were met, so that there was something to race with.
    assert.ok(seen.has("read inside"));
    assert.ok(seen.has("read not-permitted") || seen.has("read no-entry"));
    assert.deepEqual(readdirSync(lab.outside).toSorted(), ["f", "only"]);
    assert.deepEqual(
      readdirSync(lab.inside).filter((name) => name === "stolen"),
      [],
    );
  }).timeout(60_000);

  it("is not left through a file that becomes a link", async () => {
    using lab = new MountLab();
    writeFileSync(join(lab.inside, "f"), "inside");
    writeFileSync(join(lab.outside, "f"), "outside");
    symlinkSync(join(lab.outside, "f"), join(lab.inside, "absolute"));
    symlinkSync("../outside/made", join(lab.inside, "dangling"));
    writeFileSync(join(lab.inside, "g"), "inside");
    const base = lab.open();
    const seen = new Set<string>();
    const pairs = [
      [join(lab.inside, "f"), join(lab.inside, "absolute")],
      [join(lab.inside, "g"), join(lab.inside, "dangling")],
    ] as const;
    const time = { tag: "timestamp", val: { seconds: 1n, nanoseconds: 0 } } as const;
    await whileSwapped(pairs, () => {
      seen.add(outcomeOf(() => get(base, "f")));
      for (const name of ["f", "g"]) {
        outcomeOf(() => openFile(base, name, { create: true })[Symbol.dispose]());
        outcomeOf(() => base.setTimesAt(FOLLOW, name, time, time));
        outcomeOf(() => base.setTimesAt({}, name, time, time));
      }
    });
    assert.ok(!seen.has("outside"));
    assert.ok(seen.has("inside"));
    assert.deepEqual(readdirSync(lab.outside), ["f"]);
    assert.equal(readFileSync(join(lab.outside, "f"), "utf8"), "outside");
  }).timeout(60_000);
});
