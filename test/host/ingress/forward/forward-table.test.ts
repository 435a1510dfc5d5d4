import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type Server } from "node:net";
import { networkInterfaces } from "node:os";
import { describe, it } from "mocha";
import { until } from "../../bridge/support.ts";
import { FakeClock } from "../../workload/fake-clock.ts";
import { ask, dial, endOf, Harbour } from "./support.ts";

describe("ForwardTable", () => {
  it("opens both loopback addresses and nothing else, and says where it is", async () => {
    await using harbour = new Harbour();
    harbour.serve();
    const forward = await harbour.add();
    assert.deepEqual(forward.addresses, [`127.0.0.1:${forward.host}`, `[::1]:${forward.host}`]);
    assert.equal(await ask(await dial(forward.host, "127.0.0.1"), "four"), "four");
    assert.equal(await ask(await dial(forward.host, "::1"), "six"), "six");
    const others = Object.values(networkInterfaces()).flatMap((all) => all ?? []);
    for (const { address, internal, family } of others) {
      if (internal || family !== "IPv4") continue;
      await assert.rejects(dial(forward.host, address), { code: "ECONNREFUSED" });
    }
  });

  it("opens one address where one is written", async () => {
    await using harbour = new Harbour();
    harbour.serve();
    const { addresses, host } = await harbour.add("[::1]:auto:80");
    assert.deepEqual(addresses, [`[::1]:${host}`]);
    await assert.rejects(dial(host, "127.0.0.1"), { code: "ECONNREFUSED" });
    assert.deepEqual((await harbour.add("0.0.0.0:auto:80")).addresses.length, 1);
  });

  it("tells what there is", async () => {
    await using harbour = new Harbour();
    const forward = await harbour.add("auto:80", { label: "web" });
    assert.partialDeepStrictEqual(forward, {
      workload: "default/shop",
      label: "web",
      protocol: "tcp",
      port: 80,
      publish: "auto",
      expiresAt: undefined,
      listening: false,
    });
    harbour.serve();
    await until(() => harbour.now(forward).listening);
    await harbour.add("auto:53/udp", { workload: "default/other" });
    assert.deepEqual(
      harbour.table.list("default/shop").map(({ id }) => id),
      [forward.id],
    );
    assert.equal(harbour.table.list().length, 2);
  });

  it("says when addresses are offered and when they are no more, whatever ends that", async () => {
    const changes: string[] = [];
    const clock = new FakeClock();
    await using harbour = new Harbour({
      clock,
      onChange: ({ label }, isOpen) => changes.push(`${label} ${isOpen ? "open" : "over"}`),
    });
    const { id } = await harbour.add("auto:80", { label: "removed" });
    const { id: other } = await harbour.add("auto:80", { label: "retired" });
    await harbour.add("auto:80", { label: "timed", ttl: 1000 });
    await harbour.table.remove(id);
    await harbour.table.remove(id);
    harbour.table.retire(other);
    clock.advance(1000);
    assert.deepEqual(changes, [
      "removed open",
      "retired open",
      "timed open",
      "removed over",
      "retired over",
      "timed over",
    ]);
  });

  it("names the forward that holds an address, and what to try", async () => {
    await using harbour = new Harbour();
    const { host } = await harbour.add("auto:80", { label: "web" });
    await assert.rejects(harbour.add(`${host}:3000`), {
      name: "ForwardError",
      code: "conflict",
      message: `Cannot forward 127.0.0.1:${host}: held by forward "web" of workload shop. Try --forward ${host + 1}:3000`,
    });
    await assert.rejects(harbour.add(`0.0.0.0:${host}:3000`), /held by forward "web"/);
    await assert.rejects(harbour.add(`[::]:${host}:3000`), /held by forward "web"/);
    await harbour.add(`${host}:53/udp`, { workload: "prod/dns" });
    await assert.rejects(
      harbour.add(`127.0.0.1:${host}:53/udp`),
      new RegExp(
        `127.0.0.1:${host}/udp: held by a forward of workload prod/dns. Try --forward ${host + 1}:53/udp`,
      ),
    );
    assert.equal(harbour.table.list().length, 2);
  });

  it("names whatever else of the host holds an address", async () => {
    await using harbour = new Harbour();
    const { host } = await harbour.add();
    await harbour.table.removeAll("default/shop");
    const outside = {
      tag: "port",
      protocol: "tcp",
      address: "127.0.0.1",
      port: host,
    } as const;
    using _ = harbour.table.outsides.claim(outside, "the control API");
    await assert.rejects(harbour.add(`${host}:80`), /held by the control API/);
    assert.throws(() => harbour.table.outsides.claim(outside, "another"), { code: "conflict" });
  });

  for (const host of ["127.0.0.1", "::1"]) {
    it(`says that another program holds ${host}, and keeps no half of it`, async () => {
      await using harbour = new Harbour();
      const server = await listen(host);
      const address = server.address();
      assert.ok(typeof address === "object" && address !== null);
      await assert.rejects(harbour.add(`${address.port}:80`), {
        code: "conflict",
        message: `Cannot forward ${host === "::1" ? "[::1]" : host}:${address.port}: held by another program. Try --forward ${address.port + 1}:80`,
      });
      server.close();
      await once(server, "close");
      await harbour.add(`${address.port}:80`);
      assert.equal(harbour.ownPorts.length, 2);
    });
  }

  it("takes the first free port of a range, past what is held or blocked", async () => {
    const { port } = await freeRange(4);
    await using harbour = new Harbour({ rules: { blockedPorts: [port + 1] } });
    const range = `${port}-${port + 2}:80`;
    assert.deepEqual(
      [(await harbour.add(range)).host, (await harbour.add(range)).host],
      [port, port + 2],
    );
    await assert.rejects(harbour.add(range), {
      code: "conflict",
      message: `Cannot forward any of the ports ${port} to ${port + 2}: none is free`,
    });
    await assert.rejects(harbour.add(`${port + 1}:80`), { code: "blocked" });
  });

  it("takes any free port of the configured range, many at a time", async () => {
    const { port } = await freeRange(8);
    await using harbour = new Harbour({ rules: { autoPorts: { first: port, last: port + 7 } } });
    const forwards = await Promise.all(Array.from({ length: 8 }, () => harbour.add()));
    assert.deepEqual(
      forwards.map(({ host }) => host).toSorted((a, b) => a - b),
      Array.from({ length: 8 }, (_, index) => port + index),
    );
    await assert.rejects(harbour.add(), { code: "conflict" });
  });

  it("refuses privileged ports unless they are permitted", async () => {
    await using harbour = new Harbour();
    await assert.rejects(harbour.add("80:80"), {
      code: "privileged",
      message: "Cannot forward port 80: ports below 1024 need permission. Try --forward 8080:80",
    });
    await assert.rejects(harbour.add("1000-1010:80"), { code: "privileged" });
    const permitted = await harbour
      .add("127.0.0.3:1013:80", { allowPrivileged: true })
      .catch(({ code }: { code: string }) => code);
    // Who is not root is told by the operating system.
    if (typeof permitted === "string") assert.equal(permitted, "privileged");
  });

  it("refuses an address that the machine does not have", async () => {
    await using harbour = new Harbour();
    await assert.rejects(harbour.add("203.0.113.1:8080:80"), {
      code: "unavailable",
      message: "Cannot forward 203.0.113.1:8080: this machine has no such address",
    });
  });

  it("tells the guests' side of its ports while it has them", async () => {
    await using harbour = new Harbour();
    const tcp = await harbour.add("127.0.0.1:auto:80");
    const udp = await harbour.add("127.0.0.1:auto:53/udp");
    assert.deepEqual(harbour.ownPorts, [`tcp ${tcp.host}`, `udp ${udp.host}`]);
    await harbour.table.remove(tcp.id);
    await harbour.table.remove(udp.id);
    assert.deepEqual(harbour.ownPorts, []);
  });

  it("frees its address and resets its connections when it is removed, once", async () => {
    await using harbour = new Harbour();
    harbour.serve(({ sink }) => sink.write(Buffer.from("hello")));
    const forward = await harbour.add();
    const client = await dial(forward.host);
    await once(client, "data");
    const parked = await harbour.add("auto:99");
    const waiting = await dial(parked.host);
    await until(() => harbour.now(parked).stats.parked === 1);
    const ends = [endOf(client), endOf(waiting)];
    assert.equal(await harbour.table.remove(forward.id), true);
    assert.equal(await harbour.table.remove(forward.id), false);
    await harbour.table.remove(parked.id);
    assert.deepEqual(await Promise.all(ends), ["ECONNRESET", "ECONNRESET"]);
    await assert.rejects(dial(forward.host), { code: "ECONNREFUSED" });
    assert.equal(harbour.table.get(forward.id), undefined);
    await harbour.add(`${forward.host}:80`);
  });

  it("ends with its time", async () => {
    const clock = new FakeClock();
    await using harbour = new Harbour({ clock });
    const short = await harbour.add("auto:80", { ttl: 5_000 });
    const long = await harbour.add("auto:80", { ttl: 2 ** 33 });
    assert.equal(short.expiresAt, short.createdAt + 5_000);
    clock.advance(4_999);
    assert.equal(harbour.table.list().length, 2);
    clock.advance(1);
    assert.deepEqual(
      harbour.table.list().map(({ id }) => id),
      [long.id],
    );
    clock.advance(2 ** 33);
    assert.equal(harbour.table.list().length, 0);
  });

  it("ends with its workload, and begins for none that is gone", async () => {
    await using harbour = new Harbour();
    const { host } = await harbour.add();
    harbour.wayIn.close();
    await until(() => harbour.table.list().length === 0);
    await assert.rejects(dial(host), { code: "ECONNREFUSED" });
    await assert.rejects(harbour.add(), {
      code: "closed",
      message: "Cannot forward to workload default/shop: it is gone",
    });
  });

  it("keeps nothing open when it is disposed, or of a forward that was being made", async () => {
    const harbour = new Harbour();
    const { host } = await harbour.add();
    const late = assert.rejects(harbour.add(), { code: "closed" });
    await harbour[Symbol.asyncDispose]();
    await late;
    assert.deepEqual(harbour.ownPorts, []);
    await assert.rejects(dial(host), { code: "ECONNREFUSED" });
  });

  it("leaves no handle behind after a hundred forwards that were used", async () => {
    await using harbour = new Harbour();
    harbour.serve();
    const { host } = await harbour.add();
    await harbour.table.removeAll("default/shop");
    await until(() => harbour.shore.network.connections === 0);
    const before = handles();
    for (let cycle = 0; cycle < 100; cycle += 1) {
      const { id } = await harbour.add(`${host}:80`);
      const clients = [await dial(host), await dial(host)];
      assert.equal(await ask(clients[0] ?? (await dial(host)), "hi"), "hi");
      await harbour.table.remove(id);
      for (const client of clients) client.destroy();
    }
    await until(() => handles() <= before);
    await until(() => harbour.wayIn.active === 0);
  });
});

function handles(): number {
  const kinds = new Set(["TCPServerWrap", "TCPSocketWrap", "Timeout", "UDPWrap", "PipeWrap"]);
  return process.getActiveResourcesInfo().filter((kind) => kinds.has(kind)).length;
}

async function listen(host: string, port = 0): Promise<Server> {
  const server = createServer();
  server.listen({ host, port });
  await once(server, "listening");
  return server;
}

/** The first of several ports in a row that are most probably free. */
async function freeRange(count: number): Promise<{ port: number }> {
  for (;;) {
    const port = 21_000 + Math.floor(Math.random() * 8_000);
    const servers: Server[] = [];
    try {
      for (let index = 0; index < count; index += 1) {
        servers.push(await listen("127.0.0.1", port + index), await listen("::1", port + index));
      }
      return { port };
    } catch {
      // Another range.
    } finally {
      for (const server of servers) server.close();
    }
  }
}
