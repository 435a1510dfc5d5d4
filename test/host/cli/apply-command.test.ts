import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, it } from "mocha";
import { runProgram } from "../../../host/cli/program.ts";
import { manifest, serve, type ServedApi, TOKEN } from "../api/served.ts";
import { MemoryTerminal } from "./memory-terminal.ts";

const MAIN = fileURLToPath(new URL("../../../host/islet.mjs", import.meta.url));

describe("islet apply", function () {
  this.timeout(60_000);
  let api: ServedApi;
  let terminal: MemoryTerminal;

  beforeEach(async () => {
    api = await serve();
  });
  afterEach(() => api[Symbol.asyncDispose]());

  async function run(...args: readonly string[]): Promise<number> {
    terminal = new MemoryTerminal();
    const environment = { ISLET_HOST: api.socketPath, XDG_RUNTIME_DIR: api.directory };
    const interrupt = new AbortController().signal;
    const all = { ...environment, ISLET_TOKEN: TOKEN };
    return await runProgram(["apply", ...args], { terminal, environment: all, interrupt });
  }

  /** A file of about so many bytes with a workload. */
  async function large(name: string, bytes: number): Promise<string> {
    const path = join(api.directory, `${name}.yaml`);
    await writeFile(path, `${manifest(name)}#${"x".repeat(bytes)}`);
    return path;
  }

  it("takes files that are larger together than any other request", async () => {
    const files = ["two", "three", "four"].map((name) => large(name, 900_000));
    assert.equal(await run("-f", ...(await Promise.all(files))), 0, terminal.errors.join("\n"));
    assert.deepEqual(
      terminal.lines.map((line) => line.split(" ")[0]),
      ["default/two", "default/three", "default/four"],
    );
  });

  it("says so where they are too large, before it sends them", async () => {
    const files = Array.from({ length: 9 }, (_, index) => large(`w${index}`, 1_000_000));
    assert.equal(await run("-f", ...(await Promise.all(files))), 1);
    assert.match(
      terminal.errors.join("\n"),
      /^error: Cannot apply 9\d{6} bytes of manifests at once: a host takes 8388608\. Apply them in parts$/,
    );
    assert.deepEqual(api.host.calls, []);
  });

  it("says so where they are too large for TCP", async () => {
    assert.equal(await run("--host", api.url, "-f", await large("two", 300_000)), 1);
    assert.match(terminal.errors.join("\n"), /TCP.*socket/);
    assert.deepEqual(api.host.calls, []);
  });

  async function pipe(input: string, ...args: readonly string[]): Promise<(number | string)[]> {
    const child = spawn(process.execPath, [MAIN, "apply", ...args], {
      cwd: api.directory,
      env: { ...process.env, NO_COLOR: "1", ISLET_HOST: api.socketPath },
      stdio: "pipe",
    });
    child.stdin.end(input);
    const ended = once(child, "exit");
    const [out, err] = await Promise.all([text(child.stdout), text(child.stderr)]);
    const [code] = await ended;
    return [code, out, err];
  }

  it("takes - for standard input, with images relative to the working directory", async () => {
    const [code, out, err] = await pipe(manifest("one"), "-f", "-");
    assert.deepEqual([code, err], [0, ""]);
    assert.equal(out, "default/one created: running (The service listens)\n");
    assert.equal(api.host.get("one").workload.service?.image, join(api.directory, "s.wasm"));
  });

  it("reads standard input once, beside files, and calls it stdin", async () => {
    const file = await large("two", 10);
    const [code] = await pipe(manifest("one"), "-f", "-", file, "-f", "-");
    assert.equal(code, 0);
    assert.deepEqual(api.host.calls, ["apply two one wait=true"]);
    const [failed, , err] = await pipe(manifest("bad").replace("image", "imag"), "-f", "-");
    assert.equal(failed, 1);
    assert.match(String(err), /^stdin:6:\d+: /);
  });
});
