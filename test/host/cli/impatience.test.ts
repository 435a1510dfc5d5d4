import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempDisposable } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { describe, it } from "mocha";
import { runProgram } from "../../../host/cli/program.ts";
import { manifest, serve } from "../api/served.ts";
import { MemoryTerminal } from "./memory-terminal.ts";

const MAIN = fileURLToPath(new URL("../../../host/islet.mjs", import.meta.url));

describe("a person who has seen enough", function () {
  this.timeout(60_000);

  for (const args of [
    ["logs", "one"],
    ["logs", "one", "-f"],
    ["logs", "one", "-o", "json"],
  ]) {
    it(`may close the pipe that islet ${args.join(" ")} writes to`, async () => {
      await using api = await serve();
      const name = join(api.directory, "one.yaml");
      await api.call("POST", "/v1/workloads", { manifests: [{ name, text: manifest("one") }] });
      for (let line = 0; line < 3000; line += 1) api.host.log("x".repeat(100));
      const child = spawn(process.execPath, [MAIN, ...args], {
        env: { ...process.env, NO_COLOR: "1", ISLET_HOST: api.socketPath },
        stdio: ["ignore", "pipe", "pipe"],
      });
      const ended = once(child, "exit");
      const said = text(child.stderr);
      await once(child.stdout, "data");
      child.stdout.destroy();
      // What comes next meets the closed pipe.
      const more = setInterval(() => api.host.log("more"), 10);
      const [code] = await ended;
      clearInterval(more);
      assert.equal(await said, "");
      assert.equal(code, 0);
    });
  }

  for (const args of [
    ["ps"],
    ["describe", "one"],
    ["logs", "one"],
    ["logs", "one", "-f"],
    ["stop", "one", "two"],
    ["policy", "log", "one", "-f"],
    ["forward", "list", "one"],
  ]) {
    it(`need not wait for a host that does not answer islet ${args.join(" ")}`, async () => {
      await using directory = await mkdtempDisposable(join(tmpdir(), "islet-cli-"));
      const path = join(directory.path, "silent.sock");
      const interrupt = new AbortController();
      const server = createServer(() => interrupt.abort()).listen(path);
      await once(server, "listening");
      const terminal = new MemoryTerminal();
      const environment = { ISLET_HOST: path, XDG_RUNTIME_DIR: directory.path };
      const context = { terminal, environment, interrupt: interrupt.signal };
      try {
        const isFollowed = args.includes("-f");
        assert.equal(await runProgram(args, context), isFollowed ? 0 : 1);
        const why = "error: Stopped waiting for the host, which goes on with what it was asked for";
        assert.deepEqual(terminal.errors, isFollowed ? [] : [why]);
      } finally {
        server.closeAllConnections();
        server.close();
      }
    });
  }
});
