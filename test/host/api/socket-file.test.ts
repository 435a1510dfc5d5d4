import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { once } from "node:events";
import { chmod, mkdir, mkdtemp, readdir, rm, stat, symlink, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, it } from "mocha";
import { isAnswered, listenOnSocketFile, SocketFileError } from "../../../host/api/socket-file.ts";

describe("listenOnSocketFile", () => {
  let directory: string;
  let path: string;
  const servers: Server[] = [];

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), "islet-socket-"));
    path = join(directory, "run", "host.sock");
  });
  afterEach(async () => {
    for (const server of servers.splice(0)) server.close();
    await rm(directory, { recursive: true, force: true });
  });

  function server(): Server {
    const created = createServer((socket) => socket.destroy());
    servers.push(created);
    return created;
  }

  /** A socket whose process is gone. */
  async function leaveStale(): Promise<void> {
    await mkdir(join(directory, "run"), { recursive: true });
    const program = `require("node:net").createServer().listen(${JSON.stringify(path)}, () => process.kill(process.pid, "SIGKILL"))`;
    spawnSync(process.execPath, ["-e", program]);
    assert.ok((await stat(path)).isSocket());
  }

  it("makes a socket for this user alone, in a directory for this user alone", async () => {
    await using _file = await listenOnSocketFile(server(), path);
    assert.equal((await stat(path)).mode & 0o777, 0o600);
    assert.equal((await stat(join(directory, "run"))).mode & 0o777, 0o700);
    assert.equal(await isAnswered(path), true);
    assert.deepEqual(await readdir(join(directory, "run")), ["host.sock"]);
  });

  it("removes its file, also where it is disposed of twice", async () => {
    const file = await listenOnSocketFile(server(), path);
    await file[Symbol.asyncDispose]();
    await file[Symbol.asyncDispose]();
    assert.deepEqual(await readdir(join(directory, "run")), []);
  });

  it("replaces a socket that nobody answers at", async () => {
    await leaveStale();
    assert.equal(await isAnswered(path), false);
    await using _file = await listenOnSocketFile(server(), path);
    assert.equal(await isAnswered(path), true);
    assert.deepEqual(await readdir(join(directory, "run")), ["host.sock"]);
  });

  it("leaves a socket that somebody answers at, and closes its own", async () => {
    await using _file = await listenOnSocketFile(server(), path);
    const second = server();
    await assert.rejects(
      listenOnSocketFile(second, path),
      code("taken", /^Cannot serve the control API at .*host\.sock: another host answers there$/),
    );
    if (second.listening) await once(second, "close");
    assert.equal(await isAnswered(path), true);
    assert.deepEqual(await readdir(join(directory, "run")), ["host.sock"]);
  });

  it("lets one of many have it, over a stale one", async () => {
    await leaveStale();
    const results = await Promise.allSettled(
      Array.from({ length: 8 }, () => listenOnSocketFile(server(), path)),
    );
    const won = results.filter(({ status }) => status === "fulfilled");
    assert.equal(won.length, 1);
    assert.equal(await isAnswered(path), true);
    assert.deepEqual(await readdir(join(directory, "run")), ["host.sock"]);
  });

  it("does not remove the file of one who came after it", async () => {
    const file = await listenOnSocketFile(server(), path);
    await rm(path);
    await using _next = await listenOnSocketFile(server(), path);
    await file[Symbol.asyncDispose]();
    assert.equal(await isAnswered(path), true);
  });

  it("touches nothing that is no socket", async () => {
    await mkdir(join(directory, "run"));
    await writeFile(path, "precious");
    await assert.rejects(listenOnSocketFile(server(), path), code("unusable", /is no socket$/));
    await rm(path);
    await symlink(join(directory, "elsewhere"), path);
    await assert.rejects(listenOnSocketFile(server(), path), code("unusable", /is no socket$/));
    assert.ok(!(await readdir(directory)).includes("elsewhere"));
  });

  it("says so where a path is too long for a socket", async () => {
    const long = join(directory, "x".repeat(100), "host.sock");
    await assert.rejects(
      listenOnSocketFile(server(), long),
      code("unusable", /longer than 100 bytes/),
    );
  });

  it("serves at the longest path that there may be", async () => {
    const room = 100 - Buffer.byteLength(directory) - 1;
    // A long directory and a short name, then the other way round.
    for (const name of [join("d".repeat(room - 2), "s"), "s".repeat(room)]) {
      const path = join(directory, name);
      await using _held = await listenOnSocketFile(server(), path);
      assert.equal(await isAnswered(path), true);
    }
  });

  it("rejects where the directory cannot be made or written to", async () => {
    await writeFile(join(directory, "file"), "");
    await assert.rejects(listenOnSocketFile(server(), join(directory, "file", "host.sock")));
    if (process.getuid?.() === 0) return;
    await mkdir(join(directory, "closed"));
    await chmod(join(directory, "closed"), 0o500);
    await assert.rejects(listenOnSocketFile(server(), join(directory, "closed", "host.sock")));
  });
});

function code(expected: SocketFileError["code"], message: RegExp): (error: unknown) => boolean {
  return (error) => {
    assert.ok(error instanceof SocketFileError, String(error));
    assert.equal(error.code, expected);
    assert.match(error.message, message);
    return true;
  };
}
