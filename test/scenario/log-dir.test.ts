import assert from "node:assert/strict";
import { mkdtempDisposable, readdir, readFile, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, it } from "mocha";
import { type ServerProcess, startIslet } from "../support/host-process.ts";
import { call } from "../support/http-call.ts";
import { manifestOf } from "../support/manifest.ts";
import { until } from "../support/until.ts";

interface Line {
  readonly workload: string;
  readonly guest: string;
  readonly stream: string;
  readonly msg: string;
}

describe("islet run --log-dir", function () {
  this.timeout(60_000);
  let stack: AsyncDisposableStack;
  let root: string;
  let logs: string;

  beforeEach(async () => {
    stack = new AsyncDisposableStack();
    root = stack.use(await mkdtempDisposable(join(tmpdir(), "islet-logs-"))).path;
    logs = join(root, "logs");
    await writeFile(
      join(root, "shop.yaml"),
      manifestOf([
        {
          name: "shop",
          service: { guest: "service-misbehave", maxRestarts: 100 },
          component: { guest: "http-dial" },
        },
      ]),
    );
  });
  afterEach(() => stack.disposeAsync());

  async function start(): Promise<ServerProcess> {
    return stack.use(await startIslet([join(root, "shop.yaml"), "--log-dir", logs]));
  }

  /** The lines of the log that are whole. */
  async function lines(): Promise<Line[]> {
    const text = await readFile(join(logs, "default.shop.log"), "utf8").catch(() => "");
    return (
      text
        .split("\n")
        .slice(0, -1)
        // A line that was cut off is one that nobody can read.
        .filter((line) => line.endsWith("}"))
        .map((line) => JSON.parse(line))
    );
  }

  it("writes what guests print, and what the host says of them", async () => {
    const islet = await start();
    await call(`${islet.url}/log?3`);
    await until(async () => (await lines()).some(({ msg }) => msg === "line 3"));
    const all = await lines();
    assert.ok(all.every(({ workload }) => workload === "default/shop"));
    const printed = all.filter(({ guest, stream }) => guest === "service" && stream === "stdout");
    assert.ok(printed.some(({ msg }) => msg === "listening on 7777"));
    assert.ok(all.some(({ guest, stream }) => guest === "host" && stream === "host"));
    assert.equal((await stat(logs)).mode & 0o777, 0o700);
    assert.equal((await stat(join(logs, "default.shop.log"))).mode & 0o777, 0o600);
  });

  it("drops what a flood has too much, says so, and serves on", async () => {
    const islet = await start();
    await call(`${islet.url}/log?100000`);
    await until(async () => (await lines()).some(({ msg }) => / lines were dropped: /.test(msg)));
    assert.equal((await call(`${islet.url}/hello`)).status, 200);
    assert.ok((await lines()).length < 60_000);
  });

  it("goes on in the same file after the host was killed in the middle of it", async () => {
    const islet = await start();
    const cut = call(`${islet.url}/log?100000`).catch(() => {});
    await until(async () => (await lines()).length > 100);
    islet.process.kill("SIGKILL");
    await islet.exited;
    await cut;
    const { length } = await lines();
    const second = await start();
    await call(`${second.url}/log?1`);
    await until(async () => (await lines()).slice(length).some(({ msg }) => msg === "line 1"));
    assert.deepEqual(await readdir(logs), ["default.shop.log"]);
  });
});
