import assert from "node:assert/strict";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, it } from "mocha";
import { until } from "../../support/until.ts";
import { manifest, WatchLab } from "./watch-lab.ts";

describe("Watch of sources", function () {
  this.timeout(30_000);
  let lab: WatchLab;
  afterEach(() => lab[Symbol.asyncDispose]());
  let builds: number;
  let build: () => Promise<void>;

  beforeEach(async () => {
    lab = await WatchLab.open();
    builds = 0;
    build = () => lab.write("a.wasm", String(builds));
    await mkdir(join(lab.root, "src"));
    await lab.write("src/a.ts", "1");
    await lab.write("a.yaml", manifest("a"));
  });

  function startBuilding(): Promise<boolean> {
    return lab.start(["a.yaml"], {
      build: async () => {
        builds += 1;
        await build();
      },
    });
  }

  it("builds first, and again when sources change", async () => {
    await startBuilding();
    assert.deepEqual([builds, lab.host.calls], [1, ["apply a"]]);
    await lab.write("src/a.ts", "2");
    await until(() => lab.printed("replaced default/a") === 1);
    await lab.quiet();
    // What the build wrote is no reason for another one.
    assert.equal(builds, 2);
  });

  it("does not build for a manifest", async () => {
    await startBuilding();
    await lab.write("a.yaml", `# comment\n${manifest("a")}`);
    await until(() => lab.printed("nothing changed") === 1);
    assert.equal(builds, 1);
  });

  it("keeps what runs when a build fails, tells it once, and builds again for the next change", async () => {
    await startBuilding();
    const good = build;
    build = () => Promise.reject(new Error("src/a.ts:1:1: no"));
    await lab.write("src/a.ts", "2");
    await until(() => builds === 2);
    await lab.write("src/a.ts", "3");
    await until(() => builds === 3);
    build = good;
    await lab.write("src/a.ts", "4");
    await until(() => lab.printed("replaced default/a") === 1);
    assert.equal(lab.printed("src/a.ts:1:1: no"), 1);
    assert.deepEqual(lab.host.calls, ["apply a", "apply a"]);
  });

  it("waits for a change where the first build fails", async () => {
    const good = build;
    build = () => Promise.reject(new Error("no"));
    assert.equal(await startBuilding(), false);
    build = good;
    await lab.write("src/a.ts", "2");
    await until(() => lab.host.hosted.has("default/a"));
  });

  it("builds again for a change during a build, after it", async () => {
    await startBuilding();
    const gate = Promise.withResolvers<void>();
    let running = 0;
    build = async () => {
      running += 1;
      assert.equal(running, 1);
      await gate.promise;
      await lab.write("a.wasm", String(builds));
      running -= 1;
    };
    await lab.write("src/a.ts", "2");
    await until(() => builds === 2);
    await lab.write("src/a.ts", "3");
    await lab.quiet();
    assert.equal(builds, 2);
    gate.resolve();
    await until(() => builds === 3);
    await until(() => lab.printed("replaced default/a") === 2);
  });
});
