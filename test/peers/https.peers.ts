import assert from "node:assert/strict";
import { execFile, spawnSync } from "node:child_process";
import { mkdtempDisposable, readFile, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { before, describe, it } from "mocha";
import { guestPath } from "../fixture/guest/guest.ts";
import { startServer } from "../support/host-process.ts";

const TLS = join(import.meta.dirname, "../fixture/tls");
const MAIN = join(import.meta.dirname, "../../host/islet.mjs");

describe("islet run --https, asked by curl", function () {
  this.timeout(60_000);

  before(function () {
    const { stdout } = spawnSync("curl", ["--version"], { encoding: "utf8" });
    if (!/\bHTTP2\b/.test(stdout)) {
      console.log("    skipped: no curl with HTTP/2 here (Debian: apt install curl)");
      this.skip();
    }
  });

  it("answers by HTTP/2 and HTTP/1.1, and writes both into the access log", async () => {
    await using folder = await mkdtempDisposable(join(tmpdir(), "islet-https-"));
    const manifest = join(folder.path, "hello.yaml");
    const log = join(folder.path, "access.log");
    await writeFile(manifest, MANIFEST);
    const port = 20_000 + (process.pid % 10_000);
    const args = ["--http", "127.0.0.1:0", "--https", String(port), "--access-log", log];
    const tls = ["--tls-cert", join(TLS, "certificate.pem"), "--tls-key", join(TLS, "key.pem")];
    await using islet = await startServer([MAIN, "run", manifest, ...args, ...tls]);
    for (const [flag, version] of [
      ["--http2", "2"],
      ["--http1.1", "1.1"],
    ] as const) {
      const { stdout } = await run("curl", [
        "--silent",
        "--show-error",
        "--cacert",
        join(TLS, "ca.pem"),
        flag,
        "--write-out",
        "%{http_version}",
        `https://localhost:${port}/`,
      ]);
      assert.equal(stdout, `hello\n${version}`);
    }
    // A record is written once its answer has left; a host that has stopped has written all.
    await islet[Symbol.asyncDispose]();
    const records = (await readFile(log, "utf8")).trim().split("\n");
    const protocols = records.map((line): unknown => JSON.parse(line).protocol);
    assert.deepEqual(protocols, ["HTTP/2", "HTTP/1.1"]);
  });
});

const MANIFEST = `
apiVersion: runtime.wasmcloud.dev/v1alpha1
kind: Workload
metadata: { name: hello }
spec:
  components: [{ name: hello, image: ${JSON.stringify(guestPath("http-hello"))} }]
  hostInterfaces:
    - { namespace: wasi, package: http, interfaces: [incoming-handler], config: { host: localhost } }
`;

const run = promisify(execFile);
