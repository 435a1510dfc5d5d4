import assert from "node:assert/strict";
import { copyFile, mkdtempDisposable, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { after, before, describe, it } from "mocha";
import { type GuestName, guestPath } from "../fixture/guest/guest.ts";
import { startIslet, type ServerProcess } from "../support/host-process.ts";
import { call } from "../support/http-call.ts";
import { SteadyClient } from "../support/steady-client.ts";
import { until } from "../support/until.ts";

describe("islet run --watch", function () {
  this.timeout(60_000);
  const stack = new AsyncDisposableStack();
  let root: string;
  let islet: ServerProcess;

  before(async () => {
    root = stack.use(await mkdtempDisposable(join(tmpdir(), "islet-watch-"))).path;
    await put("http-hello");
    await write(manifest());
    islet = stack.use(await startIslet([join(root, "shop.yaml"), "--watch"]));
  });
  after(() => stack.disposeAsync());

  /** Puts another guest in the place of the component, as a linker does. */
  function put(guest: GuestName): Promise<void> {
    return copyFile(guestPath(guest), join(root, "api.wasm"));
  }

  function write(text: string): Promise<void> {
    return writeFile(join(root, "shop.yaml"), text);
  }

  async function answer(host = "shop.localhost"): Promise<string> {
    const { status, text } = await call(islet.url, { host });
    return `${status} ${text.trimEnd()}`;
  }

  function printed(text: string): number {
    return islet.lines.filter((line) => line.includes(text)).length;
  }

  it("replaces a component that changes, and fails no request meanwhile", async () => {
    const hello = await answer();
    assert.match(hello, /^200 /);
    await using client = new SteadyClient(islet.url, "shop.localhost");
    await put("http-count");
    await until(async () => (await answer()) !== hello);
    await copyFile(guestPath("http-hello"), join(root, "api.new"));
    await rename(join(root, "api.new"), join(root, "api.wasm"));
    await until(async () => (await answer()) === hello);
    await client[Symbol.asyncDispose]();
    assert.deepEqual(client.failures, []);
    assert.ok(client.successes > 0);
    assert.equal(printed("replaced default/shop"), 2);
  });

  it("keeps what runs when a component is no component, and tells it once", async () => {
    const hello = await answer();
    await writeFile(join(root, "api.wasm"), "this is no WebAssembly");
    await until(() => printed("Cannot compile") > 0);
    assert.equal(await answer(), hello);
    assert.equal(printed("Cannot compile"), 1);
    await put("http-hello");
    await until(() => printed("nothing changed") > 0);
  });

  it("keeps what runs when a manifest has errors, tells them once, and goes on when it is right", async () => {
    const hello = await answer();
    await write(manifest().replace("components", "komponents"));
    await until(() => printed("komponents is unknown") > 0);
    assert.equal(await answer(), hello);
    await put("http-count");
    await setTimeout(500);
    assert.equal(printed("komponents is unknown"), 1);
    assert.equal(await answer(), hello);
    await write(manifest());
    await until(async () => (await answer()) !== hello);
  });

  it("keeps what runs when a new version does not get ready", async () => {
    await put("http-hello");
    await until(async () => (await answer()) === "200 hello");
    const hello = await answer();
    await write(manifest({ service: guestPath("service-misbehave") }));
    await until(() => printed("kept: version") > 0);
    assert.equal(await answer(), hello);
    await write(manifest());
    await setTimeout(500);
    assert.equal(await answer(), hello);
    assert.equal(printed("kept: version"), 1);
  });

  it("starts workloads that are added, and deletes those that vanish", async () => {
    await write(`${manifest()}\n---\n${manifest({ name: "second" })}`);
    await until(() => printed("created default/second") > 0);
    assert.match(await answer("second.localhost"), /^200 /);
    await write(manifest());
    await until(() => printed("default/second is not declared any more and was deleted") > 0);
    assert.match(await answer(), /^200 /);
  });

  it("waits for a component that is gone, and ends in order", async () => {
    await rm(join(root, "api.wasm"));
    await until(() => printed("does not exist") > 0);
    assert.match(await answer(), /^200 /);
    islet.process.kill("SIGINT");
    assert.equal(await islet.exited, 0);
  });
});

function manifest(options: { readonly name?: string; readonly service?: string } = {}): string {
  const { name = "shop", service } = options;
  const config = { host: `${name}.localhost` };
  return JSON.stringify({
    apiVersion: "runtime.wasmcloud.dev/v1alpha1",
    kind: "Workload",
    metadata: { name },
    spec: {
      // It listens on another port, and so is never ready.
      ...(service !== undefined && {
        service: {
          image: service,
          ports: [{ name: "shop", port: 7778 }],
          readiness: { port: "shop", timeout: "500ms" },
        },
      }),
      components: [{ name: "api", image: "./api.wasm", poolSize: 4 }],
      hostInterfaces: [
        { namespace: "wasi", package: "http", interfaces: ["incoming-handler"], config },
      ],
    },
  });
}
