import assert from "node:assert/strict";
import { mkdtempDisposable, readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, it } from "mocha";
import { runShell } from "../../../host/cli/dev-shell.ts";
import { isAlive } from "../../support/machine.ts";
import { until } from "../../support/until.ts";

describe("runShell", function () {
  this.timeout(20_000);
  let temporary: AsyncDisposable & { readonly path: string };
  let controller: AbortController;

  beforeEach(async () => {
    temporary = await mkdtempDisposable(join(tmpdir(), "islet-shell-"));
    controller = new AbortController();
  });
  afterEach(() => temporary[Symbol.asyncDispose]());

  function run(command: string, environment: NodeJS.ProcessEnv = {}): Promise<void> {
    return runShell(command, {
      directory: temporary.path,
      environment: { ...process.env, ...environment },
      signal: controller.signal,
    });
  }

  function read(name: string): Promise<string> {
    return readFile(join(temporary.path, name), "utf8");
  }

  it("runs a command of the shell in a directory, with variables", async () => {
    await run('printf "%s" "$WHO" > a && cat a a > b', { WHO: "me" });
    assert.equal(await read("b"), "meme");
  });

  for (const [command, message] of [
    ["exit 3", "The build command failed with exit code 3: exit 3"],
    ["kill -9 $$", "The build command was ended by SIGKILL: kill -9 $$"],
  ] as const) {
    it(`says how ${command} ended`, async () => {
      await assert.rejects(run(command), { name: "BuildError", code: "command-failed", message });
    });
  }

  it("rejects where the directory is gone", async () => {
    await temporary[Symbol.asyncDispose]();
    await assert.rejects(run("true"), { message: "Cannot run the build command true" });
  });

  it("runs nothing once the signal has aborted", async () => {
    controller.abort(new Error("stopped"));
    await assert.rejects(run("touch a"), { message: "stopped" });
    await assert.rejects(read("a"), { code: "ENOENT" });
  });

  it("ends the command, with what it started, when the signal aborts", async () => {
    const ended = assert.rejects(run('sleep 600 & printf "%s" $! > pid; wait'), {
      message: "stopped",
    });
    await until(async () => (await read("pid").catch(() => "")) !== "");
    controller.abort(new Error("stopped"));
    await ended;
    const pid = Number(await read("pid"));
    await until(async () => !(await isAlive(pid)));
  });

  it("ends a command that does not want to end", async () => {
    const ended = assert.rejects(run('trap "" TERM; touch ready; while :; do sleep 0.1; done'), {
      message: "stopped",
    });
    await until(() =>
      read("ready").then(
        () => true,
        () => false,
      ),
    );
    controller.abort(new Error("stopped"));
    await ended;
  });
});
