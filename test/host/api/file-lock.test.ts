import assert from "node:assert/strict";
import { spawn, type ChildProcessByStdio } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { afterEach, beforeEach, describe, it } from "mocha";
import { FileLockError, withFileLock } from "../../../host/api/file-lock.ts";

const MODULE = new URL("../../../host/api/file-lock.ts", import.meta.url).href;

describe("withFileLock", () => {
  let directory: string;
  let path: string;

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), "islet-lock-"));
    path = join(directory, "a.lock");
  });
  afterEach(() => rm(directory, { recursive: true, force: true }));

  it("gives what the work gives, and leaves nothing behind", async () => {
    assert.equal(await withFileLock(path, async () => 7), 7);
    assert.deepEqual(await readdir(directory), []);
  });

  it("lets one work at a time in a process", async () => {
    let working = 0;
    let done = 0;
    await Promise.all(
      Array.from({ length: 20 }, () =>
        withFileLock(path, async () => {
          working += 1;
          assert.equal(working, 1);
          await new Promise(setImmediate);
          working -= 1;
          done += 1;
        }),
      ),
    );
    assert.equal(done, 20);
    assert.deepEqual(await readdir(directory), []);
  });

  it("lets one work at a time among processes", async () => {
    const counter = join(directory, "counter");
    await writeFile(counter, "0");
    const program = `
      import { readFile, writeFile } from "node:fs/promises";
      import { withFileLock } from ${JSON.stringify(MODULE)};
      for (let turn = 0; turn < 25; turn += 1) {
        await withFileLock(${JSON.stringify(path)}, async () => {
          const count = Number(await readFile(${JSON.stringify(counter)}, "utf8"));
          await new Promise(setImmediate);
          await writeFile(${JSON.stringify(counter)}, String(count + 1));
        });
      }`;
    const codes = await Promise.all(
      Array.from({ length: 4 }, async () => {
        const [code] = await once(start(program), "exit");
        return code;
      }),
    );
    assert.deepEqual(codes, [0, 0, 0, 0]);
    assert.equal(await readFile(counter, "utf8"), "100");
  });

  it("has it back from a process that is killed", async () => {
    const child = start(`
      import { withFileLock } from ${JSON.stringify(MODULE)};
      await withFileLock(${JSON.stringify(path)}, () => new Promise((resolve) => {
        console.log("held");
        setTimeout(resolve, 3_600_000);
      }));`);
    try {
      await once(child.stdout, "data");
      await assert.rejects(
        withFileLock(path, () => assert.fail("twice"), { patience: 0 }),
        isError(/another process holds it$/),
      );
    } finally {
      child.kill("SIGKILL");
    }
    await once(child, "exit");
    assert.ok(existsSync(path));
    assert.equal(await withFileLock(path, async () => 7), 7);
    assert.deepEqual(await readdir(directory), []);
  });

  it("gives it back where the work fails", async () => {
    await assert.rejects(
      withFileLock(path, () => Promise.reject(new Error("no"))),
      /^Error: no$/,
    );
    assert.equal(await withFileLock(path, async () => 7, { patience: 0 }), 7);
  });

  it("is not bothered by a file that is removed during the work", async () => {
    await withFileLock(path, () => rm(path));
    assert.equal(await withFileLock(path, async () => 7, { patience: 0 }), 7);
  });

  it("says what stands in its way, and leaves that alone", async () => {
    await writeFile(path, "precious");
    await assert.rejects(withFileLock(path, never), isError(/a\.lock: file is not a database$/));
    assert.equal(await readFile(path, "utf8"), "precious");
    await rm(path);
    await mkdir(path);
    await assert.rejects(withFileLock(path, never), isError(/unable to open database file$/));
    await assert.rejects(
      withFileLock(join(directory, "missing", "a.lock"), never),
      isError(/unable to open database file$/),
    );
    const loop = join(directory, "loop");
    await symlink(loop, loop);
    await assert.rejects(withFileLock(loop, never), isError(/ELOOP/));
  });
});

function isError(message: RegExp): (error: unknown) => boolean {
  return (error) => error instanceof FileLockError && message.test(error.message);
}

function start(program: string): ChildProcessByStdio<null, Readable, null> {
  return spawn(process.execPath, ["--input-type=module", "-e", program], {
    stdio: ["ignore", "pipe", "inherit"],
  });
}

async function never(): Promise<never> {
  assert.fail("worked without a lock");
}
