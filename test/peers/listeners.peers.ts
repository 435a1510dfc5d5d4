import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { before, describe, it } from "mocha";
import { startServer } from "../support/host-process.ts";
import { call } from "../support/http-call.ts";
import { buildTemplate, projectManifest } from "../support/template.ts";

describe("ss", function () {
  this.timeout(60_000);
  before(async function () {
    if (spawnSync("ss", ["-V"]).status !== 0) {
      console.log("    skipped: no ss here (Debian: apt install iproute2)");
      this.skip();
    }
    await buildTemplate();
  });

  it("sees the ingress of a host and no port of its two workloads on 7777", async () => {
    const main = fileURLToPath(new URL("../../host/islet.mjs", import.meta.url));
    const addresses = ["--http", "127.0.0.1:0", "--no-api"];
    await using islet = await startServer([
      main,
      "run",
      projectManifest("two-leets"),
      ...addresses,
    ]);
    for (const host of ["a.localhost", "b.localhost"]) {
      const { text } = await call(`${islet.url}/task`, { host, body: '{"payload":"leet"}' });
      assert.equal(text, "1337\n");
    }
    const own = listeners().filter((line) => line.includes(`pid=${islet.pid},`));
    assert.deepEqual(own.map(localAddress), [new URL(islet.url).host]);
    assert.deepEqual(
      listeners().filter((line) => localAddress(line).endsWith(":7777")),
      [],
    );
  });
});

/** A line for each TCP socket of this machine that listens. */
function listeners(): string[] {
  const { stdout } = spawnSync("ss", ["-Hltnp"], { encoding: "utf8" });
  return stdout.trim().split("\n");
}

function localAddress(line: string): string {
  return line.split(/\s+/)[3] ?? "";
}
