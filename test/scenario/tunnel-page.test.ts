import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtempDisposable, writeFile } from "node:fs/promises";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { after, before, describe, it } from "mocha";
import { request } from "undici";
import { type ServerProcess, startServer } from "../support/host-process.ts";
import { manifestOf } from "../support/manifest.ts";
import { type Ended, runIslet } from "../support/run-islet.ts";

const MAIN = fileURLToPath(new URL("../../host/islet.mjs", import.meta.url));
const TOKEN = "the-token-of-this-test";

/** wasmrun's page on public tunnelling, from top to bottom, with a server of our own. */
describe("the page on public tunnels", function () {
  this.timeout(60_000);
  const stack = new AsyncDisposableStack();
  let environment: NodeJS.ProcessEnv;
  let api: string;
  let place: string;
  let secretFile: string;

  before(async () => {
    const { path } = stack.use(await mkdtempDisposable(join(tmpdir(), "islet-page-")));
    environment = {
      XDG_RUNTIME_DIR: join(path, "run"),
      XDG_STATE_HOME: join(path, "state"),
      ISLET_HOST: "",
      ISLET_TOKEN: TOKEN,
      TUNNEL_SECRET: "a secret of both sides",
    };
    secretFile = join(path, "secret");
    await writeFile(secretFile, "a secret of both sides\n", { mode: 0o600 });
    place = `127.0.0.1:${await freePort()}`;
    const manifest = join(path, "echo.yaml");
    const ports = [{ name: "echo", port: 7777, protocol: "TCP" }];
    await writeFile(
      manifest,
      manifestOf([{ name: "echo", service: { guest: "tcp-echo", ports } }]),
    );
    const addresses = ["--http", "127.0.0.1:0", "--api", "127.0.0.1:0"];
    const found = /(?<=^Control API at .*)http:\/\/127\.0\.0\.1:\d+/;
    const islet = [MAIN, "run", manifest, ...addresses];
    ({ url: api } = stack.use(await startServer(islet, environment, found)));
  });
  after(() => stack.disposeAsync());

  function serve(): Promise<ServerProcess> {
    const port = place.split(":")[1] ?? "";
    const args = ["tunnel", "serve", "--port", port, "--secret-file", secretFile];
    return startServer([MAIN, ...args], environment, /Tunnel server at/);
  }

  async function tunnel(
    verb: "start" | "status" | "stop",
    body: unknown = {},
  ): Promise<{ readonly status: number; readonly json: ReturnType<typeof JSON.parse> }> {
    const answer = await request(`${api}/api/tunnel/${verb}`, {
      method: verb === "status" ? "GET" : "POST",
      headers: { authorization: `Bearer ${TOKEN}`, "content-type": "application/json" },
      body: verb === "status" ? null : JSON.stringify(body),
    });
    return { status: answer.statusCode, json: await answer.body.json() };
  }

  it("begins without a tunnel", async () => {
    const { json } = await tunnel("status");
    assert.deepEqual(json, { success: true, status: "Not started" });
    const stopped = await tunnel("stop");
    assert.deepEqual(stopped, {
      status: 409,
      json: { success: false, error: "No tunnel is running" },
    });
  });

  it("says why it cannot connect while no server runs", async () => {
    const { status, json } = await tunnel("start", { to: place });
    assert.equal(status, 502);
    assert.equal(json.success, false);
    assert.match(json.error, /^Failed to connect to /);
    assert.deepEqual((await tunnel("status")).json, { success: true, status: "Not started" });
  });

  it("starts, tells where, carries bytes, and stops", async () => {
    await using _ = await serve();
    const { status, json } = await tunnel("start", {
      to: place,
      secret: environment["TUNNEL_SECRET"],
    });
    assert.equal(status, 200, JSON.stringify(json));
    const { public_url: url } = json;
    assert.deepEqual(json, { success: true, public_url: url, status: "Connected" });
    const port = Number(new URL(url).port);
    assert.equal(await echo(port, "hello"), "hello");
    assert.deepEqual((await tunnel("status")).json, {
      success: true,
      status: "Connected",
      public_url: url,
      public_port: port,
    });
    assert.deepEqual((await tunnel("start")).json, {
      success: false,
      error: "Tunnel is already running",
    });
    assert.deepEqual((await tunnel("stop")).json, { success: true, message: "Tunnel stopped" });
    assert.deepEqual((await tunnel("status")).json, { success: true, status: "Not started" });
    await assert.rejects(echo(port, "hello"), { code: "ECONNREFUSED" });
  });

  it("reconnects to a server that was started again, at the same public address", async () => {
    await using first = await serve();
    const started = await islets(
      "tunnel",
      "start",
      "echo",
      "echo",
      "--to",
      place,
      "--secret-env",
      "TUNNEL_SECRET",
    );
    assert.equal(started.code, 0, started.stderr);
    const { public_port: port } = (await tunnel("status")).json;
    assert.equal(await echo(port, "before"), "before");
    await first[Symbol.asyncDispose]();
    await until("Reconnecting");
    await using _ = await serve();
    assert.equal((await islets("tunnel", "reconnect", "echo")).code, 0);
    await until("Connected");
    assert.equal((await tunnel("status")).json.public_port, port);
    assert.equal(await echo(port, "after"), "after");
    assert.match((await islets("ps")).stdout, new RegExp(`:${port}`));
    assert.equal((await islets("tunnel", "stop", "echo")).code, 0);
    await until("Not started");
  });

  function islets(...args: readonly string[]): Promise<Ended> {
    return runIslet(args, { environment });
  }

  async function until(status: string): Promise<void> {
    while ((await tunnel("status")).json.status !== status) await setTimeout(50);
  }
});

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  return typeof address === "object" && address !== null ? address.port : 0;
}

/** What comes back for a text sent to a port of this machine. */
async function echo(port: number, text: string): Promise<string> {
  const socket = connect(port, "127.0.0.1");
  await once(socket, "connect");
  socket.end(text);
  let answer = "";
  for await (const chunk of socket) answer += String(chunk);
  return answer;
}
