import assert from "node:assert/strict";
import { join } from "node:path";
import { afterEach, beforeEach, describe, it } from "mocha";
import { TunnelRequestError } from "../../../host/tunnel/to-request.ts";
import type { TunnelState } from "../../../host/tunnel/client/state.ts";
import { until } from "../../support/until.ts";
import { manifest, serve, type ServedApi } from "./served.ts";

const PATH = "/v1/workloads/one/tunnels";
const RETRY: TunnelState = {
  tag: "reconnecting",
  since: 2000,
  failure: { code: "port-in-use", reason: "Somebody holds it", hint: "Ask for another one" },
  attempt: 2,
  nextAttemptAt: 3000,
};

let api: ServedApi;

async function apply(name: string): Promise<void> {
  const manifests = [{ name: join(api.directory, "a.yaml"), text: manifest(name) }];
  await api.call("POST", "/v1/workloads", { manifests });
}

function start(body: unknown = {}): ReturnType<ServedApi["call"]> {
  return api.call("POST", "/api/tunnel/start", body);
}

function stop(): ReturnType<ServedApi["call"]> {
  return api.call("POST", "/api/tunnel/stop", {});
}

/** Has tunnels that are started stay at one step, until the result is resolved. */
function holdUp(step: "reading" | "connecting"): PromiseWithResolvers<void> {
  const held = Promise.withResolvers<void>();
  api.host.tunnels[step] = held.promise;
  return held;
}

describe("the routes of tunnels", () => {
  beforeEach(async () => {
    api = await serve();
  });
  afterEach(() => api[Symbol.asyncDispose]());

  beforeEach(() => apply("one"));

  it("create, list, show and delete", async () => {
    assert.deepEqual((await api.call("GET", PATH)).json, { tunnels: [] });
    const created = await api.call("POST", PATH, { port: 80, secret: "hunter2", expires: "5s" });
    assert.equal(created.status, 201);
    assert.partialDeepStrictEqual(created.json, {
      workload: "default/one",
      port: 80,
      server: "bore.pub",
      state: "connected",
      status: "Connected",
      reason: "The tunnel of port 80 is http://bore.pub:12345",
      publicUrl: "http://bore.pub:12345",
      publicPort: 12_345,
      since: "1970-01-01T00:00:01.000Z",
      attempt: null,
      nextAttemptAt: null,
      access: { basic: false, link: false, from: false },
      declared: false,
      stats: { connections: 0 },
    });
    assert.ok(!created.text.includes("hunter2"));
    const path = `${PATH}/${created.json.id}`;
    assert.deepEqual((await api.call("GET", path)).json, created.json);
    assert.deepEqual((await api.call("GET", PATH)).json, { tunnels: [created.json] });
    assert.deepEqual((await api.call("POST", `${path}/reconnect`, {})).json, created.json);
    assert.equal((await api.call("DELETE", path)).status, 204);
    assert.equal((await api.call("DELETE", path)).status, 404);
    assert.equal((await api.call("GET", path)).status, 404);
  });

  it("say why there is no connection, and what comes next", async () => {
    api.host.tunnels.state = RETRY;
    const { json } = await api.call("POST", PATH, { port: "web" });
    assert.partialDeepStrictEqual(json, {
      state: "reconnecting",
      status: "Reconnecting",
      reason: "The tunnel of port 1 has no connection: Somebody holds it",
      hint: "Ask for another one",
      publicUrl: null,
      attempt: 2,
      nextAttemptAt: "1970-01-01T00:00:03.000Z",
    });
  });

  it("pass on all that can be asked for", async () => {
    const body = {
      port: 80,
      to: "islets://tunnel.example.com",
      remotePort: 4000,
      secret: "s",
      caFile: "/ca.pem",
      basic: { username: "me", password: "p" },
      link: true,
      from: ["10.0.0.0/8"],
      maxConnections: 5,
      bandwidth: 4096,
      expires: "1h",
    };
    const { status, json } = await api.call("POST", PATH, body);
    assert.equal(status, 201);
    assert.deepEqual(json.access, { basic: true, link: true, from: true });
    assert.deepEqual(api.host.tunnels.wishes, [
      {
        ...body,
        secret: { tag: "text", text: "s" },
        basic: { username: "me", password: { tag: "text", text: "p" } },
        expires: 3_600_000,
      },
    ]);
    const links = `${PATH}/${json.id}/links`;
    const link = await api.call("POST", links, { path: "/a", expires: "2s" });
    assert.equal(link.status, 201);
    assert.deepEqual(link.json, { url: "http://bore.pub:12345/a?80-2000" });
  });

  const invalid: [string, unknown][] = [
    ["no port", {}],
    ["port 0", { port: 0 }],
    ["a host", { port: 80, host: "127.0.0.1" }],
    ["a wrong duration", { port: 80, expires: "soon" }],
    ["no time at all", { port: 80, expires: "0s" }],
    ["a time to which there is no date", { port: 80, expires: "9999999999h" }],
    ["a name with a colon", { port: 80, basic: { username: "a:b", password: "" } }],
    ["no password", { port: 80, basic: { username: "a" } }],
    ["a public port that is none", { port: 80, remotePort: 70_000 }],
  ];
  for (const [what, body] of invalid) {
    it(`refuse ${what}`, async () => {
      assert.equal((await api.call("POST", PATH, body)).status, 400);
      assert.deepEqual(api.host.tunnels.all, []);
    });
  }

  it("tell what cannot be a tunnel", async () => {
    api.host.tunnels.failure = new TunnelRequestError("Cannot use it");
    const { status, json } = await api.call("POST", PATH, { port: 80, to: "x y" });
    assert.equal(status, 400);
    assert.equal(json.detail, "Cannot use it");
  });
});

describe("wasmrun's routes of tunnels", () => {
  beforeEach(async () => {
    api = await serve();
  });
  afterEach(() => api[Symbol.asyncDispose]());

  it("say the same words", async () => {
    await apply("one");
    assert.deepEqual((await api.call("GET", "/api/tunnel/status")).json, {
      success: true,
      status: "Not started",
    });
    const started = await start({ port: 3000 });
    assert.equal(started.status, 200);
    assert.deepEqual(started.json, {
      success: true,
      public_url: "http://bore.pub:12345",
      status: "Connected",
    });
    assert.deepEqual((await api.call("GET", "/api/tunnel/status")).json, {
      success: true,
      status: "Connected",
      public_url: "http://bore.pub:12345",
      public_port: 12_345,
    });
    const again = await start({ port: 3000 });
    assert.equal(again.status, 409);
    assert.deepEqual(again.json, { success: false, error: "Tunnel is already running" });
    const stopped = await api.call("POST", "/api/tunnel/stop", {});
    assert.deepEqual(stopped.json, { success: true, message: "Tunnel stopped" });
    const none = await api.call("POST", "/api/tunnel/stop", {});
    assert.equal(none.status, 409);
    assert.deepEqual(none.json, { success: false, error: "No tunnel is running" });
  });

  it("do not keep a tunnel that does not connect", async () => {
    await apply("one");
    api.host.tunnels.state = RETRY;
    const failed = await start({ port: 3000, to: "bore.pub" });
    assert.equal(failed.status, 502);
    assert.deepEqual(failed.json, {
      success: false,
      error: "Failed to connect to bore.pub: Somebody holds it",
    });
    assert.equal((await api.call("GET", "/api/tunnel/status")).json.status, "Not started");
  });

  for (const step of ["reading", "connecting"] as const) {
    it(`open one where two are asked for at once, while the first is ${step}`, async () => {
      await apply("one");
      const held = holdUp(step);
      const first = start({ port: 3000 });
      await until(() => api.host.tunnels.wishes.length === 1);
      const second = await start({ port: 3000 });
      assert.equal(second.status, 409);
      assert.deepEqual(second.json, { success: false, error: "Tunnel is already running" });
      held.resolve();
      assert.equal((await first).status, 200);
      assert.equal(api.host.tunnels.all.length, 1);
      assert.equal((await start({ port: 3000 })).status, 409);
    });

    it(`stop one that is ${step}, and start another at once`, async () => {
      await apply("one");
      const held = holdUp(step);
      const first = start({ port: 3000 });
      await until(() => api.host.tunnels.wishes.length === 1);
      const status = await api.call("GET", "/api/tunnel/status");
      assert.equal(status.json.status, step === "reading" ? "Connecting" : "Connected");
      assert.equal((await stop()).status, 200);
      assert.equal((await stop()).status, 409);
      const none = await api.call("GET", "/api/tunnel/status");
      assert.deepEqual(none.json, { success: true, status: "Not started" });
      const other = start({ port: 4000 });
      await until(() => api.host.tunnels.wishes.length === 2);
      assert.equal((await start({ port: 4000 })).status, 409);
      held.resolve();
      const stopped = await first;
      assert.equal(stopped.status, 409);
      assert.deepEqual(stopped.json, {
        success: false,
        error: "The tunnel was stopped before it was connected",
      });
      assert.equal((await other).status, 200);
      assert.deepEqual(
        api.host.tunnels.all.map(({ port }) => port),
        [4000],
      );
    });
  }

  it("say that one was stopped that somebody else stopped while it connected", async () => {
    await apply("one");
    const held = holdUp("connecting");
    api.host.tunnels.state = { tag: "connecting", since: 1000 };
    const first = start({ port: 3000 });
    await until(() => api.host.tunnels.all.length === 1);
    api.host.tunnels.all = [];
    held.resolve();
    const stopped = await first;
    assert.equal(stopped.status, 409);
    assert.equal(stopped.json.error, "The tunnel was stopped before it was connected");
    api.host.tunnels.state = RETRY;
    assert.match((await start({ port: 3000 })).json.error, /Somebody holds it$/);
  });

  it("can start after a start that was refused", async () => {
    await apply("one");
    api.host.tunnels.failure = new TunnelRequestError("Cannot use it");
    assert.equal((await start({ port: 3000 })).status, 409);
    assert.equal((await stop()).status, 409);
    api.host.tunnels.failure = undefined;
    assert.equal((await start({ port: 3000 })).status, 200);
  });

  it("ask which workload and which port is meant, where that is not clear", async () => {
    assert.equal((await start()).status, 404);
    await apply("one");
    const port = await start();
    assert.equal(port.status, 409);
    assert.match(port.json.error, /^Say which port is meant/);
    await apply("two");
    const workload = await start({ port: 80 });
    assert.equal(workload.status, 409);
    assert.match(workload.json.error, /default\/one, default\/two/);
    assert.equal((await start({ port: 80, workload: "two" })).status, 200);
    assert.equal((await start({ port: 80, workload: "three" })).status, 409);
  });

  it("are not for pages of other sites", async () => {
    await apply("one");
    const headers = { origin: "http://evil.example" };
    const foreign = await api.call("POST", "/api/tunnel/start", { port: 80 }, headers);
    assert.equal(foreign.status, 403);
    const form = { "content-type": "text/plain" };
    assert.equal((await api.call("POST", "/api/tunnel/start", "x", form)).status, 415);
    assert.deepEqual(api.host.tunnels.all, []);
  });
});
