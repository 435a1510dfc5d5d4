import assert from "node:assert/strict";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdtempDisposable } from "node:fs/promises";
import { connect, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "mocha";
import type { ForwardStatus } from "../../host/ingress/forward/forward.ts";
import { parsePublish } from "../../host/network/publish.ts";
import type { WorkloadSpec } from "../support/manifest.ts";
import { Scenario } from "../support/scenario.ts";

describe("forwards of a host", function () {
  this.timeout(30_000);
  let scenario: Scenario;
  before(async () => {
    scenario = await Scenario.start(
      { name: "echo", service: { guest: "tcp-echo" } },
      { name: "udp", service: { guest: "udp-echo" } },
      {
        name: "crashing",
        service: {
          guest: "service-misbehave",
          maxRestarts: 100,
          restart: { policy: "on-failure", backoff: { initial: "1ms", max: "1ms" } },
        },
      },
    );
  });
  after(() => scenario[Symbol.asyncDispose]());

  function add(
    workload: string,
    publish = "auto",
    protocol: "tcp" | "udp" = "tcp",
  ): Promise<ForwardStatus> {
    const forward = { publish: parsePublish(publish), protocol, port: 7777 };
    return scenario.host.forwards.add(workload, forward);
  }

  it("lead to a guest, on both loopback addresses and a Unix socket", async () => {
    await using directory = await mkdtempDisposable(join(tmpdir(), "islet-forward-"));
    const path = join(directory.path, "echo.sock");
    const { outsides } = await add("echo");
    const socket = await add("echo", `unix:${path}`);
    assert.equal(outsides.length, 2);
    for (const outside of outsides) {
      assert.ok(outside.tag === "port");
      const client = connect({ port: outside.port, host: outside.address, allowHalfOpen: true });
      assert.equal(await ask(client, "hello"), "hello");
    }
    assert.equal(await ask(connect({ path, allowHalfOpen: true }), "hello"), "hello");
    await scenario.host.forwards.remove("echo", socket.id);
    assert.equal(existsSync(path), false);
  });

  it("move megabytes through a guest", async () => {
    const client = dial(await add("echo"));
    const bytes = Buffer.alloc(8 * 1024 * 1024, "0123456789abcdef");
    let received = 0;
    client.on("data", (chunk) => (received += chunk.length));
    client.end(bytes);
    await once(client, "end");
    assert.equal(received, bytes.length);
  });

  it("carry datagrams to a guest and its answers back", async () => {
    const { outsides } = await add("udp", "auto", "udp");
    const [outside] = outsides;
    assert.ok(outside?.tag === "port");
    const socket = createSocket("udp4");
    for (const text of ["one", "two", "three"]) {
      const answer = once(socket, "message");
      socket.send(text, outside.port, outside.address);
      assert.equal(String((await answer)[0]), text);
    }
    socket.close();
  });

  it("keep their listeners while the service crashes again and again, and lose nobody who waits", async () => {
    const forward = await add("crashing");
    for (let crash = 0; crash < 10; crash += 1) {
      const broken = dial(forward);
      broken.on("error", () => {});
      broken.end("trap\n");
      const answers = Array.from({ length: 5 }, (_, index) => line(dial(forward), `${index}`));
      await new Promise((resolve) => {
        broken.once("close", resolve);
      });
      // Who was being served is reset with the instance; who was not is served by the next.
      const ends = await Promise.all(answers);
      for (const [index, end] of ends.entries()) assert.ok([`${index}`, "reset"].includes(end));
    }
    await scenario.until(() => (scenario.host.get("crashing").replicas[0]?.restarts ?? 0) >= 10);
    const { stats } = scenario.host.forwards.get("crashing", forward.id);
    assert.equal(stats.refused, 0);
    assert.equal(await line(dial(forward), "alive"), "alive");
  });

  it("count against the quota of the workload", async () => {
    await scenario.apply({
      name: "small",
      service: { guest: "tcp-echo", resources: { limits: { sockets: 2 } } },
    });
    const forward = await add("small");
    const first = dial(forward);
    await line(first, "one", false);
    const second = dial(forward);
    await line(second, "two", false);
    assert.equal(await line(dial(forward), "three"), "reset");
    const { stats } = scenario.host.forwards.get("small", forward.id);
    assert.match(stats.lastError?.message ?? "", /quota is used up/);
    first.destroy();
    second.destroy();
  });

  it("of manifests are opened with the workload, survive new versions and end with it", async () => {
    await using directory = await mkdtempDisposable(join(tmpdir(), "islet-forward-"));
    const path = join(directory.path, "shop.sock");
    await scenario.apply(shop(`unix:${path}`, "1"));
    const [forward] = scenario.host.forwards.list("shop");
    assert.equal(forward?.label, "web");
    assert.equal(await ask(connect({ path, allowHalfOpen: true }), "one"), "one");
    const open = connect({ path, allowHalfOpen: true });
    await line(open, "before", false);
    const [applied] = await scenario.apply(shop(`unix:${path}`, "2"));
    assert.equal(applied?.outcome, "replaced");
    assert.equal(scenario.host.forwards.list("shop")[0]?.id, forward?.id);
    assert.equal(await ask(connect({ path, allowHalfOpen: true }), "two"), "two");
    assert.equal(await ask(open, "after"), "after");

    await assert.rejects(
      scenario.apply({
        name: "rival",
        service: { guest: "tcp-echo", ports: [{ name: "a", port: 7777, publish: `unix:${path}` }] },
      }),
      { name: "ApplyError", message: /held by forward "web" of workload shop/ },
    );
    assert.equal(scenario.state("rival"), undefined);

    await scenario.host.stop("shop");
    assert.equal(existsSync(path), false);
    assert.deepEqual(scenario.host.forwards.list("shop"), []);
    await assert.rejects(add("shop"), { code: "conflict", message: /it is stopped/ });
    await scenario.host.start("shop");
    assert.equal(await ask(connect({ path, allowHalfOpen: true }), "three"), "three");
    await scenario.apply(shop("auto", "2"));
    assert.equal(existsSync(path), false);
    assert.equal(scenario.host.forwards.list("shop").length, 1);
    await scenario.host.delete("shop");
    assert.equal(scenario.host.forwards.list().filter((one) => one.label === "web").length, 0);
  });

  it("of manifests change how they treat who comes with a new version, at the same address", async () => {
    await scenario.apply(tuned({}));
    const [first] = scenario.host.forwards.list("tuned");
    assert.ok(first);
    assert.equal(await ask(dial(first), "plain"), "plain");
    await scenario.apply(tuned({ proxyProtocol: "in" }));
    const [second] = scenario.host.forwards.list("tuned");
    assert.ok(second);
    assert.deepEqual([second.id, second.addresses], [first.id, first.addresses]);
    const header = "PROXY TCP4 192.0.2.1 192.0.2.2 1000 80\r\n";
    assert.equal(await ask(dial(second), `${header}behind`), "behind");
    await scenario.host.delete("tuned");
  });

  it("find a declared port by its name, and name those there are", async () => {
    await scenario.apply({
      name: "named",
      service: { guest: "tcp-echo", ports: [{ name: "echo", port: 7777 }] },
    });
    const forwards = scenario.host.forwards;
    const forward = { publish: parsePublish("auto"), protocol: "tcp", port: "echo" } as const;
    assert.equal((await forwards.add("named", forward)).port, 7777);
    await assert.rejects(forwards.add("named", { ...forward, port: "web" }), {
      code: "not-found",
      message: 'Workload default/named declares no tcp port "web", but "echo"',
    });
    await assert.rejects(forwards.add("nobody", forward), { code: "not-found" });
    assert.throws(() => forwards.get("named", "1"), { code: "not-found" });
  });

  it("never take the port of the ingress", async () => {
    const { port } = scenario.host.http;
    await assert.rejects(add("echo", `${port}`), /held by the HTTP ingress/);
  });
});

function shop(publish: string, version: string): WorkloadSpec {
  return {
    name: "shop",
    service: {
      guest: "tcp-echo",
      ports: [{ name: "web", port: 7777, publish }],
      resources: { environment: { config: { VERSION: version } } },
    },
  };
}

function tuned(options: Readonly<Record<string, unknown>>): WorkloadSpec {
  return {
    name: "tuned",
    service: {
      guest: "tcp-echo",
      ports: [{ name: "web", port: 7777, publish: "auto", ...options }],
    },
  };
}

function dial({ outsides: [outside] }: ForwardStatus): Socket {
  assert.ok(outside?.tag === "port");
  return connect({ port: outside.port, host: outside.address, allowHalfOpen: true });
}

async function ask(socket: Socket, text: string): Promise<string> {
  const chunks: Buffer[] = [];
  socket.on("data", (chunk: Buffer) => chunks.push(chunk));
  socket.end(text);
  await once(socket, "end");
  return Buffer.concat(chunks).toString();
}

/** Sends a line and gives the one that comes back, or `reset`. */
async function line(socket: Socket, text: string, end = true): Promise<string> {
  const { promise, resolve } = Promise.withResolvers<string>();
  socket.once("data", (chunk: Buffer) => resolve(chunk.toString().trim()));
  socket.once("error", () => resolve("reset"));
  socket.once("close", () => resolve("reset"));
  socket.write(`${text}\n`);
  const answer = await promise;
  if (end) socket.destroy();
  return answer;
}
