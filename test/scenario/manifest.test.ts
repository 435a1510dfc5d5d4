import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { once } from "node:events";
import { componentEmbed, componentNew, parse } from "@bytecodealliance/jco-transpile/wasm-tools";
import { after, before, describe, it } from "mocha";
import { guestPath } from "../fixture/guest/guest.ts";
import { manifestOf } from "../support/manifest.ts";
import { type Ended, runIslet } from "../support/run-islet.ts";

describe("islet run with mistakes", function () {
  this.timeout(30_000);
  let directory: string;
  before(async () => {
    directory = await mkdtemp(join(tmpdir(), "islet-mistakes-"));
    await write("right.yaml", manifestOf([{ name: "right", service: { guest: "tcp-echo" } }]));
  });
  after(() => rm(directory, { recursive: true }));

  function write(name: string, content: string | Uint8Array): Promise<void> {
    return writeFile(join(directory, name), content);
  }

  function run(...args: readonly string[]): Promise<Ended> {
    return runIslet(["run", ...args], { cwd: directory });
  }

  it("prints all five mistakes of a manifest with their places, and starts nothing", async () => {
    await write(
      "five.yaml",
      `apiVersion: runtime.wasmcloud.dev/v1alpha1
kind: Workload
metadata: { name: five }
spec:
  service:
    image: ./missing.wasm
    maxRestart: 5
    localResources: { limits: { memory: 64 } }
  components:
    - name: http-api
      image: ${guestPath("http-dial")}
      poolSize: many
      timeout: 3 parsecs
`,
    );
    // A port that another program holds: an attempt to listen would be told.
    await using taken = await takenPort();
    const { code, stdout, stderr } = await run("five.yaml", "right.yaml", "--http", taken.address);
    assert.equal(code, 1);
    assert.equal(stdout, "");
    const lines = stderr.trimEnd().split("\n");
    assert.equal(lines.length, 5, stderr);
    for (const [index, pattern] of [
      /^five\.yaml:6:12: spec\.service\.image: \.\/missing\.wasm does not exist/,
      /^five\.yaml:7:5: spec\.service\.maxRestart is unknown \(did you mean "maxRestarts"\?\)/,
      /^five\.yaml:8:\d+: spec\.service\.localResources\.limits\.memory /,
      /^five\.yaml:12:17: spec\.components\[0\]\.poolSize /,
      /^five\.yaml:13:16: spec\.components\[0\]\.timeout /,
    ].entries()) {
      assert.match(lines[index] ?? "", pattern);
    }
  });

  it("names an import that the host does not have, and starts nothing", async () => {
    await write("keeper.wasm", await createKeeper());
    await write(
      "keeper.yaml",
      manifestOf([{ name: "keeper", service: { guest: "tcp-echo", image: "keeper.wasm" } }]),
    );
    const { code, stdout, stderr } = await run(
      "right.yaml",
      "keeper.yaml",
      "--verbose",
      "--http",
      "0",
    );
    assert.equal(code, 1);
    assert.equal(stdout, "");
    assert.match(stderr, /default\/keeper \(service\): .*wasi:keyvalue\/store@0\.2\.0-draft/);
    assert.doesNotMatch(stderr, /listens on|running/);
  });

  it("says where a component cannot be a service", async () => {
    await write("swap.yaml", manifestOf([{ name: "swap", service: { guest: "http-hello" } }]));
    const { code, stderr } = await run("swap.yaml", "--http", "0");
    assert.equal(code, 1);
    assert.match(stderr, /http-hello\.wasm cannot be a service: it does not export wasi:cli\/run/);
  });

  it("says that a file is no component", async () => {
    await write("noise.wasm", "This is no WebAssembly");
    await write(
      "noise.yaml",
      manifestOf([{ name: "noise", service: { guest: "tcp-echo", image: "noise.wasm" } }]),
    );
    const { code, stderr } = await run("noise.yaml", "--http", "0");
    assert.equal(code, 1);
    assert.match(stderr, /default\/noise \(service\): .*noise\.wasm/);
  });

  it("says that a manifest is missing", async () => {
    const { code, stderr } = await run("nowhere.yaml");
    assert.equal(code, 1);
    assert.match(stderr, /nowhere\.yaml/);
  });

  it("says who holds its address, and what to try", async () => {
    await using taken = await takenPort();
    const { code, stderr } = await run("right.yaml", "--http", taken.address);
    assert.equal(code, 1);
    assert.match(stderr, /Cannot listen on 127\.0\.0\.1:\d+: another program holds the port/);
    assert.match(stderr, /Try port \d+/);
  });

  for (const [title, ...args] of [
    ["an unknown option", "right.yaml", "--htpp", "8000"],
    ["an option without its value", "right.yaml", "--http"],
    ["an address that is none", "right.yaml", "--http", "here"],
    ["a port beyond the last", "right.yaml", "--http", "127.0.0.1:65536"],
    ["no manifest at all"],
  ] as const) {
    it(`exits with 2 for ${title}`, async () => {
      const { code, stdout, stderr } = await run(...args);
      assert.equal(code, 2);
      assert.equal(stdout, "");
      assert.notEqual(stderr, "");
    });
  }

  it("exits with 2 for an unknown command", async () => {
    const { code, stderr } = await runIslet(["rum", "right.yaml"]);
    assert.equal(code, 2);
    assert.match(stderr, /unknown command 'rum'[^]*run/);
  });
});

/** A service that wants a key-value store. */
async function createKeeper(): Promise<Uint8Array> {
  const witSource = `package test:keeper;
world keeper {
  import wasi:keyvalue/store@0.2.0-draft;
  export wasi:cli/run@0.2.0;
}
package wasi:keyvalue@0.2.0-draft { interface store { forget: func(); } }
package wasi:cli@0.2.0 { interface run { run: func() -> result; } }`;
  const core = `(module
  (import "wasi:keyvalue/store@0.2.0-draft" "forget" (func $forget))
  (func (export "wasi:cli/run@0.2.0#run") (result i32) (call $forget) (i32.const 0)))`;
  const binary = await parse(core);
  return await componentNew(await componentEmbed({ binary, witSource, world: "keeper" }));
}

/** A port of the machine that somebody listens on. */
async function takenPort(): Promise<AsyncDisposable & { readonly address: string }> {
  const server = createServer();
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const bound = server.address();
  assert.ok(bound !== null && typeof bound === "object");
  return {
    address: `127.0.0.1:${bound.port}`,
    async [Symbol.asyncDispose]() {
      server.close();
      await once(server, "close");
    },
  };
}
