import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempDisposable, readdir, readFile, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { describe, it } from "mocha";
import { startServer } from "../support/host-process.ts";
import { call } from "../support/http-call.ts";
import { manifestOf } from "../support/manifest.ts";

const MAIN = fileURLToPath(new URL("../../host/islet.mjs", import.meta.url));

describe("a host that is killed", function () {
  this.timeout(120_000);

  it("leaves nothing that keeps the next one from running: caches, logs, sockets", async () => {
    await using directory = await mkdtempDisposable(join(tmpdir(), "islet-kill-"));
    const inside = (name: string): string => join(directory.path, name);
    const environment = {
      XDG_CACHE_HOME: inside("cache"),
      XDG_STATE_HOME: inside("state"),
      XDG_RUNTIME_DIR: inside("run"),
      ISLET_HOST: "",
    };
    const manifest = inside("killed.yaml");
    await writeFile(
      manifest,
      manifestOf([
        {
          name: "loud",
          service: { guest: "service-misbehave" },
          component: { guest: "http-dial", poolSize: 1 },
        },
        { name: "hello", component: { guest: "http-hello", poolSize: 1 } },
      ]),
    );
    const addresses = ["--http", "127.0.0.1:0", "--api", "127.0.0.1:0"];
    const args = [MAIN, "run", manifest, ...addresses, "--log-dir", inside("logs")];
    // From before the cache is made until workloads print and are applied.
    for (let wait = 100; wait <= 1500; wait += 200) {
      const child = spawn(process.execPath, args, {
        env: { ...process.env, ...environment },
        stdio: "ignore",
      });
      await setTimeout(wait);
      child.kill("SIGKILL");
      await once(child, "exit");
    }
    // While lines are written to files that are rotated.
    const islet = await startServer(args, environment);
    const printing = call(`${islet.url}/log?20000`, { host: "loud.localhost" }).catch(String);
    await setTimeout(300);
    islet.process.kill("SIGKILL");
    await islet.exited;
    await printing;

    await using next = await startServer(args, environment);
    assert.equal((await call(next.url, { host: "hello.localhost" })).text, "hello\n");
    assert.equal((await call(`${next.url}/word`, { host: "loud.localhost" })).text, "/word\n");
    assert.deepEqual(await readdir(join(environment.XDG_RUNTIME_DIR, "islet")), ["host.sock"]);
    await next[Symbol.asyncDispose]();
    await checkLogs(inside("logs"));
  });
});

/** Every line but one that was being written when the host was killed is whole. */
async function checkLogs(directory: string): Promise<void> {
  const names = await readdir(directory);
  assert(names.some((name) => name.startsWith("default.loud")));
  for (const name of names) {
    const lines = (await readFile(join(directory, name), "utf8")).split("\n").filter(Boolean);
    const broken = lines.filter((line) => !isJson(line));
    assert(broken.length <= 1, `${name} has ${broken.length} broken lines`);
  }
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
