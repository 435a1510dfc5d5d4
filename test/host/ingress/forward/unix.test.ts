import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "mocha";
import { toText } from "../../../../host/network/socket-address.ts";
import { ask, echo, endOf, Harbour } from "./support.ts";

describe("Forward at a Unix socket", () => {
  it("carries connections, and removes the socket at its end", async () => {
    await using place = await createPlace();
    await using harbour = new Harbour();
    const peers: string[] = [];
    harbour.serve((connection) => {
      peers.push(toText(connection.remote));
      echo(connection);
    });
    const forward = await harbour.add(`unix:${place.path}:80`);
    assert.deepEqual(forward.addresses, [`unix:${place.path}`]);
    const client = connect({ path: place.path, allowHalfOpen: true });
    assert.equal(await ask(client, "hello"), "hello");
    assert.deepEqual(peers, ["127.0.0.1:0"]);
    await harbour.table.remove(forward.id);
    assert.equal(existsSync(place.path), false);
  });

  it("ends a connection that the guest resets", async () => {
    await using place = await createPlace();
    await using harbour = new Harbour();
    harbour.serve((connection) => connection.reset());
    await harbour.add(`unix:${place.path}:80`);
    const end = await endOf(connect(place.path));
    assert.ok(end === "end" || end === "ECONNRESET", end);
  });

  it("takes the place of a socket that a killed program left behind", async () => {
    await using place = await createPlace();
    await leaveSocket(place.path);
    await using harbour = new Harbour();
    harbour.serve();
    await harbour.add(`unix:${place.path}:80`);
    const client = connect({ path: place.path, allowHalfOpen: true });
    assert.equal(await ask(client, "hello"), "hello");
  });

  it("leaves a socket that somebody listens on, and a file that is none", async () => {
    await using place = await createPlace();
    await using other = new Harbour();
    await other.add(`unix:${place.path}:80`);
    await using harbour = new Harbour();
    await assert.rejects(harbour.add(`unix:${place.path}:80`), {
      code: "conflict",
      message: `Cannot forward unix:${place.path}: held by another program`,
    });
    await assert.rejects(other.add(`unix:${place.path}:81`), /held by a forward of workload shop/);
    const file = `${place.path}.txt`;
    await writeFile(file, "precious");
    await assert.rejects(harbour.add(`unix:${file}:80`), { code: "conflict" });
    assert.equal(existsSync(file), true);
  });

  it("says where there is no directory, and where the path is too long", async () => {
    await using place = await createPlace();
    await using harbour = new Harbour();
    await assert.rejects(harbour.add(`unix:${place.path}/none/x:80`), { code: "unavailable" });
    await assert.rejects(harbour.add(`unix:/tmp/${"x".repeat(200)}:80`), { code: "unavailable" });
  });
});

async function createPlace(): Promise<AsyncDisposable & { readonly path: string }> {
  const directory = await mkdtemp(join(tmpdir(), "islet-forward-"));
  return {
    path: join(directory, "s.sock"),
    [Symbol.asyncDispose]: () => rm(directory, { recursive: true }),
  };
}

/** Leaves a socket at `path` that nobody listens on. */
async function leaveSocket(path: string): Promise<void> {
  const program = `require("net").createServer().listen(${JSON.stringify(path)}, () => console.log("up"))`;
  const child = spawn(process.execPath, ["-e", program], { stdio: ["ignore", "pipe", "inherit"] });
  await once(child.stdout, "data");
  child.kill("SIGKILL");
  await once(child, "exit");
  assert.equal(existsSync(path), true);
}
