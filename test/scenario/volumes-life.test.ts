import assert from "node:assert/strict";
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { mkdtempDisposable } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "mocha";
import { ask, directoryOf, filesOf, toPath } from "../support/files-workload.ts";
import { startIslet } from "../support/host-process.ts";
import { call } from "../support/http-call.ts";
import { manifestOf } from "../support/manifest.ts";
import { Scenario } from "../support/scenario.ts";

describe("volumes, through the life of their workload,", () => {
  it("are made for their workload alone, kept while it lives, and removed with it", async () => {
    const spec = filesOf({ ephemeral: {} });
    await using scenario = await Scenario.start(spec);
    await ask(scenario, "write", { path: "a", text: "hello" });
    const directory = directoryOf(scenario);
    assert.equal(readFileSync(join(directory, "a"), "utf8"), "hello");
    assert.equal(statSync(directory).mode & 0o777, 0o700);
    await scenario.host.restart("files");
    assert.equal(await ask(scenario, "read", { path: "a" }), "hello");
    await scenario.host.stop("files");
    await scenario.host.start("files");
    assert.equal(await ask(scenario, "read", { path: "a" }), "hello");
    await scenario.apply(filesOf({ ephemeral: { sizeLimit: "1Mi" } }, 1));
    assert.equal(await ask(scenario, "read", { path: "a" }), "hello");
    await scenario.host.delete("files");
    assert.equal(existsSync(join(directory, "../..")), false);
  });

  it("give each replica its own directory, and all of them the machine's", async () => {
    await using files = await mkdtempDisposable(join(tmpdir(), "islet-files-"));
    await using scenario = await Scenario.begin({ ...filesOf({ ephemeral: {} }), replicas: 2 });
    await scenario.untilState("files#1", "running");
    await scenario.untilState("files#2", "running");
    const directory = directoryOf(scenario);
    assert.ok(existsSync(join(directory, "../../1/files")));
    await scenario.apply({ ...filesOf({ hostPath: { path: files.path } }), replicas: 2 });
    for (const text of ["one", "two", "three"]) {
      await ask(scenario, "append", { path: "a", text });
    }
    assert.equal(readFileSync(join(files.path, "a"), "utf8"), "onetwothree");
    await scenario.host.delete("files");
    assert.equal(readFileSync(join(files.path, "a"), "utf8"), "onetwothree");
  });

  it("stay what they were when something else is put in their place", async () => {
    await using files = await mkdtempDisposable(join(tmpdir(), "islet-files-"));
    const path = join(files.path, "shared");
    mkdirSync(path);
    writeFileSync(join(path, "a"), "hello");
    await using scenario = await Scenario.start(filesOf({ hostPath: { path } }));
    assert.equal(await ask(scenario, "read", { path: "a" }), "hello");
    await scenario.call("files", toPath("mkdir", { path: "x" }));
    renameSync(path, `${path}-moved`);
    symlinkSync("/etc", path);
    assert.equal(await ask(scenario, "read", { path: "passwd" }), "no-entry");
    assert.equal(await ask(scenario, "read", { path: "a" }), "hello");
    // A build that makes the directory anew is seen by whoever is started after it.
    rmSync(path);
    mkdirSync(path);
    writeFileSync(join(path, "a"), "anew");
    assert.equal(await ask(scenario, "read", { path: "a" }), "hello");
    await scenario.host.restart("files");
    assert.equal(await ask(scenario, "read", { path: "a" }), "anew");
  });

  it("leave no descriptor behind", async () => {
    const before = descriptors();
    {
      await using scenario = await Scenario.start(filesOf({ ephemeral: {} }, 2));
      for (let count = 0; count < 20; count += 1) {
        await ask(scenario, "write", { path: `a${count}`, text: "x" });
        await ask(scenario, "open", { path: `a${count}`, n: 10 });
      }
    }
    assert.deepEqual(descriptors(), before);
  });

  it("of a host that was killed are removed by the next one", async () => {
    await using home = await mkdtempDisposable(join(tmpdir(), "islet-home-"));
    const manifest = join(home.path, "m.yaml");
    writeFileSync(manifest, manifestOf([filesOf({ ephemeral: {} })]));
    const environment = { XDG_STATE_HOME: join(home.path, "state"), XDG_RUNTIME_DIR: home.path };
    const root = join(home.path, "state/islet/volumes");
    const write = toPath("write", { path: "a", text: "x" });
    {
      await using first = await startIslet([manifest], environment);
      assert.equal((await call(first.url + write, { host: "files.localhost" })).status, 200);
      const names = readdirSync(root);
      assert.equal(names.length, 1);
      first.process.kill("SIGKILL");
      await first.exited;
      assert.deepEqual(readdirSync(root), names);
    }
    const left = readdirSync(root);
    await using second = await startIslet([manifest], environment);
    assert.equal((await call(second.url + write, { host: "files.localhost" })).status, 200);
    while (readdirSync(root).some((name) => left.includes(name))) {
      await new Promise((resolve) => {
        setTimeout(resolve, 10);
      });
    }
    assert.equal(readdirSync(root).length, 1);
  }).timeout(60_000);
});

/** What this process has open of directories and files, by their paths. */
function descriptors(): string[] {
  return readdirSync("/proc/self/fd")
    .flatMap((fd) => {
      try {
        return readlinkSync(`/proc/self/fd/${fd}`);
      } catch {
        return [];
      }
    })
    .filter((path) => path.includes("islet-test-state"));
}
