import assert from "node:assert/strict";
import { after, afterEach, before, beforeEach, describe, it } from "mocha";
import type { NewTunnel } from "../../host/tunnel-operations.ts";
import type { TunnelStatus } from "../../host/tunnel/status.ts";
import { Secret } from "../../host/tunnel/secret.ts";
import { TunnelRequestError } from "../../host/tunnel/to-request.ts";
import { OperationError } from "../../host/workload/operation-error.ts";
import {
  eventually,
  isReset,
  startServer,
  type TestServer,
  visit,
} from "../host/tunnel/support.ts";
import { Scenario } from "../support/scenario.ts";

describe("tunnels of a host", function () {
  this.timeout(30_000);
  let scenario: Scenario;
  let server: TestServer;
  before(async () => {
    scenario = await Scenario.start({ name: "echo", service: { guest: "tcp-echo" } });
  });
  after(() => scenario[Symbol.asyncDispose]());
  beforeEach(async () => {
    server = await startServer({ scheme: "islet", secrets: [new Secret("s")] });
  });
  afterEach(() => {
    for (const { id } of scenario.host.tunnels.list("echo")) scenario.host.tunnels.stop("echo", id);
    server[Symbol.dispose]();
  });

  function tunnel(extra: Partial<NewTunnel> = {}): NewTunnel {
    const to = `islet://127.0.0.1:${server.port}`;
    return { port: 7777, to, secret: { tag: "text", text: "s" }, ...extra };
  }

  async function start(): Promise<{ readonly port: number; readonly status: TunnelStatus }> {
    const status = await scenario.host.tunnels.start("echo", tunnel());
    assert.ok(status.state.tag === "connected", JSON.stringify(status.state));
    return { port: status.state.publicPort, status };
  }

  it("lead to a guest, and open no port of this machine besides the server's", async () => {
    const { port, status } = await start();
    assert.equal(await visit(port, "hello"), "hello");
    const texts = Array.from({ length: 50 }, (_, index) => `${index}-`.repeat(20_000));
    assert.deepEqual(await Promise.all(texts.map((text) => visit(port, text))), texts);
    assert.equal(status.workload, "default/echo");
    assert.deepEqual(scenario.host.forwards.list(), []);
  });

  it("stay through restarts of their workload, with the same port", async () => {
    const { port } = await start();
    for (let round = 0; round < 3; round++) {
      await scenario.host.restart("echo");
      assert.equal(await visit(port, `round ${round}`), `round ${round}`);
    }
    assert.equal(server.events.filter(({ tag }) => tag === "opened").length, 1);
  });

  it("end when their workload is stopped", async () => {
    const { port } = await start();
    await scenario.host.stop("echo");
    await eventually(() => server.server.tunnels === 0);
    assert.deepEqual(scenario.host.tunnels.list(), []);
    assert.equal(await isReset(port).catch(() => true), false);
    await scenario.host.start("echo");
    assert.deepEqual(scenario.host.tunnels.list("echo"), []);
  });

  it("are found by the beginning of their ID, and only with their workload", async () => {
    const { status } = await start();
    const { tunnels } = scenario.host;
    assert.equal(tunnels.get("echo", status.id.slice(0, 8)).id, status.id);
    assert.throws(() => tunnels.get("echo", "nonsense"), OperationError);
    assert.throws(() => tunnels.get("echo", ""), OperationError);
    assert.throws(() => tunnels.get("other", status.id), OperationError);
    assert.throws(() => tunnels.link("echo", status.id, "/", 1000), /it takes none/);
  });

  it("are refused where they cannot be", async () => {
    const { tunnels } = scenario.host;
    for (const wrong of [
      { to: "http://x" },
      { secret: { tag: "file", path: "/none" } },
      { caFile: "/none" },
      { from: ["10.0.0.0/33"] },
      { to: "bore.pub", from: ["10.0.0.0/8"] },
    ] as const) {
      await assert.rejects(tunnels.start("echo", tunnel(wrong)), TunnelRequestError);
    }
    await assert.rejects(
      tunnels.start("echo", tunnel({ port: "web" })),
      /declares no tcp port "web"/,
    );
    await assert.rejects(tunnels.start("none", tunnel()), OperationError);
    assert.deepEqual(tunnels.list(), []);
  });

  it("are told of, without their secret", async () => {
    await start();
    const told = scenario.events.filter(({ tag }) => tag === "tunnel");
    assert.ok(told.some((event) => event.tag === "tunnel" && event.state === "connected"));
    assert.ok(!JSON.stringify(told).includes('"s"'));
  });
});

describe("tunnels that a manifest declares", function () {
  this.timeout(30_000);

  it("start with their workload, change with it, and end with it", async () => {
    using server = await startServer();
    const to = `127.0.0.1:${server.port}`;
    const spec = { name: "declared", service: { guest: "tcp-echo" } } as const;
    await using scenario = await Scenario.start({
      ...spec,
      spec: { tunnels: [{ port: 7777, to }] },
    });
    const { host } = scenario;
    await eventually(() => host.tunnels.list("declared")[0]?.state.tag === "connected");
    const [first] = host.tunnels.list("declared");
    assert.ok(first?.state.tag === "connected" && first.isDeclared);
    assert.equal(await visit(first.state.publicPort, "hello"), "hello");
    await scenario.apply({
      ...spec,
      spec: {
        tunnels: [
          { port: 7777, to },
          { port: 7777, to, expires: "1h" },
        ],
      },
    });
    await eventually(() => server.server.tunnels === 2);
    assert.ok(host.tunnels.list("declared").some(({ id }) => id === first.id));
    await scenario.apply({
      ...spec,
      spec: { tunnels: [{ port: 7777, to: "islet://x", secretFile: "./none" }] },
    });
    await eventually(() => server.server.tunnels === 0);
    assert.ok(
      scenario.events.some(
        (event) => event.tag === "warning" && /has no tunnel to/.test(event.message),
      ),
    );
    await host.delete("declared");
    assert.deepEqual(host.tunnels.list(), []);
  });
});
