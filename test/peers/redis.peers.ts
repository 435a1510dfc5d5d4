import assert from "node:assert/strict";
import { execFile, execFileSync } from "node:child_process";
import { promisify } from "node:util";
import { describe, it } from "mocha";
import { startPublished } from "../support/published.ts";
import { buildTemplate } from "../support/template.ts";

const run = promisify(execFile);

describe("Redis' own client", function () {
  this.timeout(180_000);

  it("is served by the service of manifests/redis.yaml, and measures it", async function () {
    if (!isInstalled("redis-cli") || !isInstalled("redis-benchmark")) {
      console.log("    skipped: no redis-cli here (Debian: apt install redis-tools)");
      this.skip();
    }
    await buildTemplate("service-redis");
    await using islet = await startPublished("redis");
    const port = String(islet.portOf("redis"));
    const ask = async (...args: readonly string[]): Promise<string> => {
      const { stdout } = await run("redis-cli", ["-p", port, ...args], { timeout: 30_000 });
      return stdout.trim();
    };
    assert.equal(await ask("ping"), "PONG");
    assert.equal(await ask("set", "greeting", "hello world"), "OK");
    assert.equal(await ask("get", "greeting"), "hello world");
    assert.equal(await ask("incrby", "count", "41"), "41");
    assert.equal(await ask("incr", "count"), "42");
    assert.equal(await ask("-h", "::1", "get", "count"), "42");
    assert.equal(await ask("rpush", "list", "a", "b", "c"), "3");
    assert.equal(await ask("lrange", "list", "0", "-1"), "a\nb\nc");
    assert.equal(await ask("get", "nothing"), "");
    assert.match(await ask("nonsense"), /^ERR /);
    assert.equal(await ask("del", "greeting", "count"), "2");

    const measured = await run(
      "redis-benchmark",
      ["-p", port, "-q", "-n", "2000", "-c", "20", "-t", "ping,set,get,incr,lpush,lrange_100"],
      { timeout: 120_000 },
    );
    for (const name of ["PING_INLINE", "PING_MBULK", "SET", "GET", "INCR", "LPUSH"]) {
      assert.match(measured.stdout, new RegExp(`^${name}: [\\d.]+ requests per second`, "m"));
    }
  });
});

function isInstalled(program: string): boolean {
  try {
    execFileSync(program, ["--version"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}
