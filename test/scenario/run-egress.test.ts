import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtempDisposable, writeFile } from "node:fs/promises";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, it } from "mocha";
import { DnsServer } from "../support/dns-server.ts";
import { startServer } from "../support/host-process.ts";
import { call } from "../support/http-call.ts";
import { manifestOf } from "../support/manifest.ts";

const MAIN = fileURLToPath(new URL("../../host/islet.mjs", import.meta.url));

describe("islet run and what leaves a workload", function () {
  this.timeout(30_000);

  it("takes the flags that open and close, and prints what is denied", async () => {
    await using dns = await DnsServer.start();
    dns.answers.set("db.example", { addresses: ["10.1.2.3", "93.184.216.34"] });
    const server = createServer((socket) => socket.resume().end("+PONG\r\n"));
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- A TCP server that listens has one.
    const { port } = server.address() as AddressInfo;
    await using directory = await mkdtempDisposable(join(tmpdir(), "islet-egress-"));
    const manifest = join(directory.path, "egress.yaml");
    const resources = {
      allowedHosts: ["*"],
      allowedIpNameLookups: ["*.example"],
      allowedHostLoopbackPorts: [`${port}/tcp`],
    };
    await writeFile(
      manifest,
      manifestOf([{ name: "one", component: { guest: "http-reach", resources } }]),
    );
    try {
      const flags = ["--allow-host-loopback", "--deny-private-ranges", "--resolver", dns.address];
      await using islet = await startServer([
        MAIN,
        "run",
        manifest,
        "--http",
        "127.0.0.1:0",
        ...flags,
      ]);
      const get = async (path: string): Promise<string> =>
        (await call(islet.url + path, { host: "one.localhost" })).text.trimEnd();
      assert.equal(await get(`/ask?host=127.255.255.254&port=${port}&line=PING`), "+PONG");
      assert.equal(await get("/lookup?name=db.example"), "93.184.216.34");
      assert.equal(await get("/connect?host=10.1.2.3&port=5432"), "access-denied");
      const line =
        /^policy: default\/one\/api tcp-connect 10\.1\.2\.3:5432 denied by private-range/;
      while (!islet.lines.some((text) => line.test(text))) {
        await new Promise((resolve) => {
          setTimeout(resolve, 20);
        });
      }
    } finally {
      server.close();
    }
  });

  for (const [flags, message] of [
    [["--resolver", "dns.example"], /--resolver dns\.example is no address/],
    [
      ["--http-client-ca-path", "/nonexistent"],
      /--http-client-ca-path \/nonexistent cannot be read/,
    ],
    [["--http-client-ca-path", MAIN], /holds no certificate/],
  ] as const) {
    it(`does not start with ${flags.join(" ")}`, async () => {
      await assert.rejects(startServer([MAIN, "run", MAIN, ...flags]), message);
    });
  }
});
