import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtempDisposable, writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { after, before, describe, it } from "mocha";
import { request } from "undici";
import { startServer } from "../support/host-process.ts";
import { manifestOf } from "../support/manifest.ts";
import { runIslet } from "../support/run-islet.ts";

const MAIN = fileURLToPath(new URL("../../host/islet.mjs", import.meta.url));
const KEY = "an-api-key-of-a-client";
const ADMIN_KEY = "the-administrators-api-key";

describe("Firecase's page, followed with a real host", function () {
  this.timeout(60_000);
  const stack = new AsyncDisposableStack();
  let environment: NodeJS.ProcessEnv;
  let api: string;
  let id: string;

  before(async () => {
    const { path } = stack.use(await mkdtempDisposable(join(tmpdir(), "islet-firecase-")));
    environment = {
      XDG_RUNTIME_DIR: join(path, "run"),
      XDG_STATE_HOME: join(path, "state"),
      ISLET_HOST: "",
      ISLET_TOKEN: KEY,
      ISLET_ADMIN_TOKEN: ADMIN_KEY,
    };
    const manifest = join(path, "echo.yaml");
    await writeFile(manifest, manifestOf([{ name: "echo", service: { guest: "tcp-echo" } }]));
    const addresses = ["--http", "127.0.0.1:0", "--api", "127.0.0.1:0"];
    const islet = [MAIN, "host", ...addresses, "--forward-hostname", "compute-1.example.com"];
    const found = /(?<=^Control API at .*)http:\/\/127\.0\.0\.1:\d+/;
    ({ url: api } = stack.use(await startServer(islet, environment, found)));
    await runIslet(["apply", "-f", manifest], { environment });
    const { stdout } = await runIslet(["ps", "-o", "json"], { environment });
    id = JSON.parse(stdout)[0].id;
  });
  after(() => stack.disposeAsync());

  async function ask(
    method: "GET" | "POST" | "DELETE",
    path: string,
    body?: unknown,
    key = KEY,
  ): Promise<{ readonly status: number; readonly json: ReturnType<typeof JSON.parse> }> {
    const answer = await request(`${api}/instances/${id}/port-forwards${path}`, {
      method,
      headers: { authorization: `Bearer ${key}`, "content-type": "application/json" },
      body: body === undefined ? null : JSON.stringify(body),
    });
    const text = await answer.body.text();
    return { status: answer.statusCode, json: text === "" ? undefined : JSON.parse(text) };
  }

  it("creates a forward that leads into the instance, lists and deletes it", async () => {
    const body = { guest_port: 7777, protocol: "tcp", label: "dev-server" };
    const { status, json } = await ask("POST", "", body);
    assert.equal(status, 201);
    const { id: forward, host_port: port, ...rest } = json.port_forward;
    assert.deepEqual(rest, {
      instance_id: id,
      guest_port: 7777,
      protocol: "tcp",
      label: "dev-server",
    });
    assert.equal(json.hostname, "compute-1.example.com");
    assert.equal(await echo(port, "hello"), "hello");
    assert.deepEqual((await ask("GET", "")).json, { port_forwards: [json.port_forward] });
    assert.equal((await ask("DELETE", `/${forward}`)).status, 204);
    assert.deepEqual((await ask("GET", "")).json, { port_forwards: [] });
    await assert.rejects(echo(port, "hello"), { code: "ECONNREFUSED" });
  });

  it("refuses what the page refuses", async () => {
    assert.equal((await ask("POST", "", { guest_port: 22 }, ADMIN_KEY)).status, 403);
    assert.equal((await ask("POST", "", { guest_port: 80 })).status, 403);
    assert.equal((await ask("POST", "", { guest_port: 7777, protocol: "udp" })).status, 422);
    assert.equal((await ask("GET", "", undefined, "a-key-of-somebody-else")).status, 401);
    const privileged = await ask("POST", "", { guest_port: 80 }, ADMIN_KEY);
    assert.equal(privileged.status, 201);
    await ask("DELETE", `/${privileged.json.port_forward.id}`);
  });

  it("gives an instance five, which end with its run", async () => {
    const ports: number[] = [];
    for (let count = 0; count < 5; count++) {
      const { status, json } = await ask("POST", "", { guest_port: 7777 });
      assert.equal(status, 201);
      ports.push(json.port_forward.host_port);
    }
    assert.equal(new Set(ports).size, 5);
    assert.equal((await ask("POST", "", { guest_port: 7777 })).status, 429);
    await runIslet(["stop", "echo"], { environment });
    assert.deepEqual((await ask("GET", "")).json, { port_forwards: [] });
    assert.equal((await ask("POST", "", { guest_port: 7777 })).status, 409);
    await runIslet(["start", "echo"], { environment });
    assert.deepEqual((await ask("GET", "")).json, { port_forwards: [] });
    assert.equal((await ask("POST", "", { guest_port: 7777 })).status, 201);
  });
});

/** What comes back for a line sent to a port of this machine. */
async function echo(port: number, text: string): Promise<string> {
  const socket = connect(port, "127.0.0.1");
  await once(socket, "connect");
  socket.end(text);
  let answer = "";
  for await (const chunk of socket) answer += String(chunk);
  return answer;
}
