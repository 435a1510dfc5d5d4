import assert from "node:assert/strict";
import { join } from "node:path";
import { mkdtempDisposable } from "node:fs/promises";
import { tmpdir } from "node:os";
import { afterEach, beforeEach, describe, it } from "mocha";
import { eventually, startServer, type TestServer } from "../host/tunnel/support.ts";
import type { WorkloadSpec } from "../support/manifest.ts";
import { Scenario } from "../support/scenario.ts";
import { until } from "../support/until.ts";

/** A file that is read before a tunnel starts; the server has no certificate. */
const CA = join(import.meta.dirname, "../fixture/tls/ca.pem");

describe("what a new version of a workload offers", function () {
  this.timeout(60_000);
  let stack: AsyncDisposableStack;
  let directory: string;
  let server: TestServer;
  let scenario: Scenario;

  beforeEach(async () => {
    stack = new AsyncDisposableStack();
    ({ path: directory } = stack.use(await mkdtempDisposable(join(tmpdir(), "islet-ports-"))));
    server = stack.use(await startServer({ scheme: "bore" }));
  });
  afterEach(() => stack.disposeAsync());

  async function start(spec: WorkloadSpec): Promise<void> {
    scenario = stack.use(await Scenario.start(spec));
  }

  /** A version with a forward on this socket, and with or without a tunnel. */
  function shop(socket: string, hasTunnel = false, service = {}): WorkloadSpec {
    const tunnel = { port: 7777, to: `127.0.0.1:${server.port}`, caFile: CA };
    const publish = `unix:${join(directory, socket)}`;
    return {
      name: "shop",
      service: {
        guest: "tcp-echo",
        ports: [{ name: "web", port: 7777, publish }],
        resources: { environment: { config: { SOCKET: socket } } },
        ...service,
      },
      spec: hasTunnel ? { tunnels: [tunnel] } : {},
    };
  }

  /** The sockets that are open. */
  function sockets(): string {
    const all = scenario.host.forwards.list().flatMap(({ addresses }) => addresses);
    return all.map((address) => address.slice(address.lastIndexOf("/") + 1)).join(" ");
  }

  function tunnels(): number {
    return scenario.host.tunnels.list("shop").length;
  }

  it("replaces what the former one offered, though nobody waits for it", async () => {
    await start(shop("one"));
    assert.equal(sockets(), "one");
    await scenario.host.apply(await scenario.load(shop("two", true)), { wait: false });
    await until(() => sockets() === "two" && tunnels() === 1);
    await scenario.host.apply(await scenario.load(shop("three")), { wait: false });
    await until(() => sockets() === "three" && tunnels() === 0);
  });

  it("replaces it though whoever waited stopped to", async () => {
    await start(shop("one"));
    const signal = AbortSignal.abort(new Error("Nobody waits"));
    const applying = scenario.host.apply(await scenario.load(shop("two", true)), { signal });
    await assert.rejects(applying, { message: "Nobody waits" });
    await until(() => sockets() === "two" && tunnels() === 1);
  });

  it("is closed where it is not taken, though nobody waits for it", async () => {
    await start(shop("one"));
    const failing = {
      ports: [
        { name: "web", port: 7777, publish: `unix:${join(directory, "two")}` },
        { name: "none", port: 80 },
      ],
      readiness: { port: "none", timeout: "200ms" },
    };
    const workloads = await scenario.load(shop("two", true, failing));
    await scenario.host.apply(workloads, { wait: false });
    await until(() =>
      scenario.events.some((event) => event.tag === "applied" && event.outcome === "kept"),
    );
    await until(() => sockets() === "one");
    assert.equal(tunnels(), 0);
  });

  it("is closed where the workload is deleted while it starts for the first time", async () => {
    await start({ name: "first", service: { guest: "tcp-echo" } });
    const applied = scenario.host.apply(await scenario.load(shop("one"))).catch(() => "rejected");
    await until(() => scenario.host.list().length === 2);
    await scenario.host.delete("shop");
    await applied;
    await until(() => sockets() === "");
    await scenario.apply({ ...shop("one"), name: "other" });
    assert.equal(sockets(), "one");
  });

  it("is there once though the workload is started twice at a time", async () => {
    await start(shop("one", true));
    await eventually(() => tunnels() === 1);
    await scenario.host.stop("shop");
    assert.equal(tunnels(), 0);
    await Promise.all([scenario.host.start("shop"), scenario.host.start("shop")]);
    assert.equal(tunnels(), 1);
    await scenario.apply(shop("one"));
    assert.equal(tunnels(), 0);
  });

  it("is there once though the workload is stopped and started while a tunnel starts", async () => {
    await start(shop("one"));
    const { host } = scenario;
    const applied = host.apply(await scenario.load(shop("one", true)));
    await until(() => host.get("shop").generation === 2);
    await host.stop("shop");
    await Promise.all([applied, host.start("shop")]);
    await until(() => tunnels() === 1);
    await scenario.apply(shop("one"));
    assert.equal(tunnels(), 0);
  });
});
