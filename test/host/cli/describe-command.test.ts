import assert from "node:assert/strict";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, it } from "mocha";
import { runProgram } from "../../../host/cli/program.ts";
import { type Json, serve, type ServedApi } from "../api/served.ts";
import { MemoryTerminal } from "./memory-terminal.ts";

describe("islet describe and islet ps", () => {
  let api: ServedApi;
  let terminal: MemoryTerminal;

  beforeEach(async () => {
    api = await serve();
    await mkdir(join(api.directory, "data"));
    await writeFile(join(api.directory, "shop.yaml"), manifest(join(api.directory, "data")));
    assert.equal(await run("apply", "-f", join(api.directory, "shop.yaml")), 0);
    await run("forward", "add", "shop", "8080:80", "--label", "web");
    await run("tunnel", "start", "shop", "80", "--to", "bore.example");
  });
  afterEach(() => api[Symbol.asyncDispose]());

  async function run(...args: readonly string[]): Promise<number> {
    terminal = new MemoryTerminal();
    const environment = { ISLET_HOST: api.socketPath, XDG_RUNTIME_DIR: api.directory };
    const interrupt = new AbortController().signal;
    return await runProgram(args, { terminal, environment, interrupt });
  }

  it("tells what a workload is made of and what leads to it", async () => {
    assert.equal(await run("describe", "shop"), 0, terminal.errors.join("\n"));
    const text = terminal.lines.join("\n");
    assert.match(text, /reachable at +http:\/\/shop\.localhost:8000\/api /);
    assert.match(text, /answered by +port 80$/m);
    assert.match(text, /forward +web: 127\.0\.0\.1:\d+ -> 80\/tcp \(0 open, 0 in all, 0 refused\)/);
    assert.match(text, /tunnel +\S+ -> 80 Connected /);
    assert.match(text, /volume +cache {2}ephemeral, at most 1\.5Mi$/m);
    assert.match(text, new RegExp(`volume +data {2}${join(api.directory, "data")}$`, "m"));
    assert.match(text, /port +http 80\/tcp published at 127\.0\.0\.1:8080$/m);
    assert.match(text, /mount +\/data is volume data, read-only$/m);
    assert.match(text, /mount +\/cache is volume cache$/m);
    assert.match(text, /limits +memory=64Mi hang=2500ms sockets=256 /);
  });

  it("is in the list with what leads to it, where anything does", async () => {
    assert.equal(await run("ps"), 0);
    assert.match(terminal.lines[0] ?? "", /REASON +FORWARDS +PUBLIC URL$/);
    assert.match(terminal.lines[1] ?? "", / 127\.0\.0\.1:\d+->80\/tcp +\S+:\d+$/);
    assert.equal(await run("ps", "-o", "json"), 0);
    const [shop]: Json = JSON.parse(terminal.lines.join("\n"));
    assert.equal(shop.forwards[0].label, "web");
    assert.equal(shop.publicUrls.length, 1);
  });

  it("tells programs the same", async () => {
    assert.equal(await run("describe", "shop", "-o", "json"), 0);
    const shop: Json = JSON.parse(terminal.lines.join("\n"));
    assert.deepEqual(shop.route, { hosts: ["shop.localhost"], path: "/api", port: 80 });
    assert.deepEqual(shop.volumes, [
      { name: "cache", kind: "ephemeral", sizeLimit: 1_572_864, path: null },
      { name: "data", kind: "host-path", sizeLimit: null, path: join(api.directory, "data") },
    ]);
    const [{ ports, mounts }] = shop.guests;
    assert.deepEqual(ports, [
      { name: "http", port: 80, protocol: "tcp", publish: "127.0.0.1:8080" },
    ]);
    assert.deepEqual(mounts[0], { volume: "data", path: "/data", readOnly: true });
    assert.equal(shop.forwards[0].label, "web");
    assert.equal(shop.tunnels[0].port, 80);
  });
});

function manifest(data: string): string {
  return `
apiVersion: runtime.wasmcloud.dev/v1alpha1
kind: Workload
metadata: { name: shop }
spec:
  volumes:
    - { name: cache, ephemeral: { sizeLimit: 1536Ki } }
    - { name: data, hostPath: { path: ${data} } }
  service:
    image: s.wasm
    ports: [{ name: http, port: 80, publish: "127.0.0.1:8080" }]
    localResources:
      volumeMounts:
        - { name: data, mountPath: /data, readOnly: true }
        - { name: cache, mountPath: /cache }
      limits: { memory: 64Mi, hang: 2500ms }
  hostInterfaces:
    - { namespace: wasi, package: http, interfaces: [incoming-handler], config: { host: shop.localhost, path: /api, port: http } }
`;
}
