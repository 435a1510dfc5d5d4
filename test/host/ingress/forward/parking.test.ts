import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type Server, type Socket } from "node:net";
import { describe, it } from "mocha";
import { TcpListener } from "../../../../host/ingress/forward/tcp-listener.ts";
import { readText, until } from "../../bridge/support.ts";
import { ipv4, Shore } from "../../bridge/way-in-support.ts";
import { FakeClock } from "../../workload/fake-clock.ts";
import { ask, attempt, dial, echo, endOf, Harbour } from "./support.ts";

describe("Forward, while the workload does not listen", () => {
  it("lets connections wait, with what they sent, and joins them", async () => {
    await using harbour = new Harbour();
    const forward = await harbour.add();
    const answers = ["one", "two", "three"].map(async (text) =>
      ask(await dial(forward.host), text),
    );
    await until(() => harbour.now(forward).stats.parked === 3);
    assert.equal(harbour.now(forward).stats.open, 3);
    harbour.serve();
    assert.deepEqual(await Promise.all(answers), ["one", "two", "three"]);
    assert.equal(harbour.now(forward).stats.parked, 0);
    assert.equal(harbour.now(forward).stats.refused, 0);
  });

  it("loses none of them across ten restarts", async () => {
    await using harbour = new Harbour();
    const forward = await harbour.add();
    const answers: Promise<string>[] = [];
    for (let restart = 0; restart < 10; restart += 1) {
      for (let count = 0; count < 5; count += 1) {
        const text = `${restart}/${count}`;
        answers.push(
          dial(forward.host).then(async (client) => {
            assert.equal(await ask(client, text), text);
            return text;
          }),
        );
      }
      await until(() => harbour.now(forward).stats.total === answers.length);
      // A run that takes two connections at most and ends with the others in its backlog.
      const listener = harbour.shore.listen(ipv4("127.0.0.1", 80), 3);
      await until(() => listener.pending >= 3);
      for (const connection of [listener.accept(), listener.accept()]) {
        if (connection !== undefined) echo(connection);
      }
      listener[Symbol.dispose]();
    }
    harbour.serve();
    assert.equal(new Set(await Promise.all(answers)).size, 50);
    assert.equal(harbour.now(forward).stats.refused, 0);
  });

  it("joins those who wait to another cell, after theirs died", async () => {
    await using harbour = new Harbour();
    const forward = await harbour.add();
    const answer = ask(await dial(forward.host), "hello");
    harbour.shore.cell[Symbol.dispose]();
    await until(() => harbour.now(forward).stats.parked === 1);
    const other = new Harbour({}, new Shore());
    await using _ = other;
    other.serve();
    harbour.wayIn.setTargets([]);
    harbour.wayIn.setTargets([other.shore.wayIn]);
    assert.equal(await answer, "hello");
  });

  it("resets whoever waits too long, or comes when too many wait", async () => {
    const clock = new FakeClock();
    await using harbour = new Harbour({ clock });
    const forward = await harbour.add("auto:80", { limits: { parked: 2, parkTimeout: 1000 } });
    const waiting = [await dial(forward.host), await dial(forward.host)];
    await until(() => harbour.now(forward).stats.parked === 2);
    assert.equal(await attempt(forward.host), "ECONNRESET");
    assert.match(
      harbour.now(forward).stats.lastError?.message ?? "",
      /^Cannot reach port 80: 2 connections wait for it already$/,
    );
    const ends = waiting.map(endOf);
    clock.advance(1000);
    assert.deepEqual(await Promise.all(ends), ["ECONNRESET", "ECONNRESET"]);
    assert.partialDeepStrictEqual(harbour.now(forward).stats, { refused: 3, open: 0, parked: 0 });
    assert.match(
      harbour.now(forward).stats.lastError?.message ?? "",
      /^Cannot reach port 80: nothing listened on it for 1000 ms$/,
    );
  });
});

describe("Forward, a visitor that leaves while it waits", () => {
  it("is forgotten, whatever it has sent", async () => {
    await using harbour = new Harbour();
    const forward = await harbour.add();
    const [silent, talking, staying] = [0, 1, 2].map(() => dial(forward.host));
    const clients = [await silent, await talking];
    clients[1]?.write("hello");
    const answer = ask(await (staying ?? dial(forward.host)), "stay");
    await until(() => harbour.now(forward).stats.parked === 3);
    for (const client of clients) client?.resetAndDestroy();
    await until(() => harbour.now(forward).stats.open === 1);
    assert.equal(harbour.now(forward).stats.parked, 1);
    harbour.serve();
    assert.equal(await answer, "stay");
    assert.equal(harbour.now(forward).stats.refused, 0);
  });

  it("is heard of by the guest where it only ended", async () => {
    await using harbour = new Harbour();
    const forward = await harbour.add();
    const answer = ask(await dial(forward.host), "");
    await until(() => harbour.now(forward).stats.parked === 1);
    await new Promise((resolve) => {
      setTimeout(resolve, 20);
    });
    harbour.serve();
    assert.equal(await answer, "");
  });

  it("does not lose what it sent before a whole lot more", async () => {
    await using harbour = new Harbour();
    const forward = await harbour.add();
    const bytes = "0123456789abcdef".repeat(64 * 1024);
    const answer = ask(await dial(forward.host), bytes);
    await until(() => harbour.now(forward).stats.parked === 1);
    const text = Promise.withResolvers<string>();
    harbour.serve((connection) => {
      text.resolve(readText(connection.source));
      connection.sink.end();
    });
    assert.equal(await text.promise, bytes);
    assert.equal(await answer, "");
  });
});

describe("Forward, limits", () => {
  it("pauses and says so before the process has no descriptor left", async () => {
    const clock = new FakeClock();
    const warnings: string[] = [];
    const accepted: Socket[] = [];
    let isLast = true;
    let server: Server | undefined;
    await using listener = await TcpListener.open(
      { tag: "port", protocol: "tcp", address: "127.0.0.1", port: 0 },
      { [Symbol.dispose]: () => {} },
      {
        clock,
        accept: (socket) => accepted.push(socket),
        warn: (message) => warnings.push(message),
        isLast: () => isLast,
        createServer: () => (server = createServer({ pauseOnConnect: true })),
      },
    );
    assert.ok(listener);
    const address = server?.address();
    assert.ok(typeof address === "object" && address !== null);
    assert.equal(await attempt(address.port), "ECONNRESET");
    assert.equal(await attempt(address.port), "ECONNRESET");
    assert.equal(warnings.length, 1);
    assert.match(warnings[0] ?? "", /is paused: too many files are open$/);
    isLast = false;
    clock.advance(1000);
    const client = await dial(address.port);
    await until(() => accepted.length === 1);
    client.destroy();
    for (const socket of accepted) socket.destroy();
  });

  it("refuses more connections than it may have, and takes others once some are gone", async () => {
    await using harbour = new Harbour();
    harbour.serve();
    const forward = await harbour.add("auto:80", { limits: { connections: 2 } });
    const clients = [await dial(forward.host), await dial(forward.host)];
    await until(() => harbour.now(forward).stats.open === 2);
    assert.equal(await attempt(forward.host), "ECONNRESET");
    assert.equal(
      harbour.now(forward).stats.lastError?.message,
      "A connection was refused: 2 are open",
    );
    for (const client of clients) client.destroy();
    await until(() => harbour.now(forward).stats.open === 0);
    assert.equal(await ask(await dial(forward.host), "again"), "again");
  });

  it("keeps one connection's failure from its siblings and from the listener", async () => {
    await using harbour = new Harbour();
    let count = 0;
    harbour.serve((connection) => {
      count += 1;
      if (count % 2 === 0) connection.reset();
      else echo(connection);
    });
    const { host } = await harbour.add();
    const first = await dial(host);
    first.write("be");
    await until(() => count === 1);
    assert.equal(await attempt(host), "ECONNRESET");
    (await dial(host)).resetAndDestroy();
    assert.equal(await ask(first, "gin"), "begin");
  });

  it("pauses and says so once when the process has no descriptor left, then goes on", async () => {
    const clock = new FakeClock();
    const warnings: string[] = [];
    const accepted: Socket[] = [];
    let server: Server | undefined;
    await using listener = await TcpListener.open(
      { tag: "port", protocol: "tcp", address: "127.0.0.1", port: 0 },
      { [Symbol.dispose]: () => {} },
      {
        clock,
        accept: (socket) => accepted.push(socket),
        warn: (message) => warnings.push(message),
        createServer: (...args: unknown[]) => {
          server = createServer(typeof args[0] === "object" && args[0] !== null ? args[0] : {});
          return server;
        },
      },
    );
    assert.ok(listener);
    const address = server?.address();
    assert.ok(typeof address === "object" && address !== null);
    const exhausted = Object.assign(new Error("accept EMFILE"), { code: "EMFILE" });
    server?.emit("error", exhausted);
    server?.emit("error", exhausted);
    assert.deepEqual(warnings, [
      "Accepting connections at 127.0.0.1:0 is paused: too many files are open",
    ]);
    assert.equal(await attempt(address.port), "ECONNRESET");
    assert.equal(accepted.length, 0);
    clock.advance(1000);
    const client = await dial(address.port);
    await until(() => accepted.length === 1);
    server?.emit("error", exhausted);
    assert.equal(warnings.length, 2);
    client.destroy();
    for (const socket of accepted) socket.destroy();
    await once(client, "close");
  });
});
