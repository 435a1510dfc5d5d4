import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { describe, it } from "mocha";
import { SYSTEM_TUNNEL_CLOCK } from "../../../../host/tunnel/clock.ts";
import { Secret } from "../../../../host/tunnel/secret.ts";
import {
  answer,
  connectTo,
  echo,
  eventually,
  FakeTunnelClock,
  GuestNetwork,
  MAX_PORT,
  MIN_PORT,
  read,
  readAll,
  startServer,
  startTunnel,
  visit,
} from "../support.ts";

describe("Tunnel", () => {
  it("carries visitors to a port of the workload", async () => {
    using guest = new GuestNetwork();
    using _service = guest.serve(80, echo);
    using server = await startServer();
    using it = startTunnel({ server: server.address, wayIn: guest });
    const { publicPort, publicUrl } = await it.until("connected");
    assert.ok(publicPort >= MIN_PORT && publicPort <= MAX_PORT);
    assert.equal(publicUrl, `http://127.0.0.1:${publicPort}`);
    assert.equal(await visit(publicPort, "hello"), "hello");
    await eventually(() => it.tunnel.statistics.active === 0);
    assert.deepEqual(it.tunnel.statistics, {
      connections: 1,
      active: 0,
      refused: 0,
      failed: 0,
      bytesIn: 5,
      bytesOut: 5,
    });
    // bore does not tell who visits.
    assert.equal(guest.remotes[0]?.port, server.port);
  });

  it("keeps a hundred visitors and a megabyte of each apart", async () => {
    using guest = new GuestNetwork();
    using _service = guest.serve(80, echo);
    using server = await startServer({ secrets: [new Secret("s")] });
    using it = startTunnel({ server: server.address, wayIn: guest, secret: new Secret("s") });
    const { publicPort } = await it.until("connected");
    await Promise.all(
      Array.from({ length: 100 }, async () => {
        const sent = randomBytes(1 << 18);
        const socket = await connectTo(publicPort);
        socket.end(sent);
        assert.ok((await readAll(socket)).equals(sent));
      }),
    );
    assert.equal(it.tunnel.statistics.bytesOut, 100 << 18);
    await eventually(() => guest.network.connections === 0);
  });

  it("passes on the end of one direction alone", async () => {
    using guest = new GuestNetwork();
    using _service = guest.serve(80, (connection) => {
      const { source, sink } = connection;
      const whenEnded = (): void => {
        if (!source.ended) {
          source.readInto(Buffer.alloc(1024));
          source.whenReadable.add(whenEnded);
          return;
        }
        sink.write(Buffer.from("after the end"));
        sink.end();
      };
      whenEnded();
    });
    using server = await startServer();
    using it = startTunnel({ server: server.address, wayIn: guest });
    const { publicPort } = await it.until("connected");
    assert.equal(await visit(publicPort, "hello"), "after the end");
  });

  it("passes a reset on, in both directions", async () => {
    using guest = new GuestNetwork();
    const failures: (Error | undefined)[] = [];
    using _service = guest.serve(80, ({ source }) => {
      const look = (): void => {
        source.readInto(Buffer.alloc(1024));
        if (source.ended) failures.push(source.failure);
        else source.whenReadable.add(look);
      };
      look();
    });
    using _other = guest.serve(81, (connection) => connection.reset());
    using server = await startServer();
    using first = startTunnel({ server: server.address, wayIn: guest });
    using second = startTunnel({ server: server.address, wayIn: guest, port: 81 });
    const visitor = await connectTo((await first.until("connected")).publicPort);
    visitor.write("x");
    await eventually(() => first.tunnel.statistics.bytesIn === 1);
    visitor.resetAndDestroy();
    await eventually(() => failures.length === 1);
    assert.match(String(failures[0]), /reset/);
    const refused = await connectTo((await second.until("connected")).publicPort);
    const [error]: unknown[] = await once(refused, "error");
    assert.match(String(error), /ECONNRESET/);
  });

  it("stops reading from a visitor when the guest does not read", async () => {
    using guest = new GuestNetwork();
    using _service = guest.serve(80, () => undefined);
    using server = await startServer();
    using it = startTunnel({ server: server.address, wayIn: guest });
    const { publicPort } = await it.until("connected");
    const visitor = await connectTo(publicPort);
    const chunk = Buffer.alloc(1 << 20);
    let sent = 0;
    const send = (): void => {
      while (visitor.write(chunk)) sent += chunk.length;
      sent += chunk.length;
    };
    visitor.on("drain", send);
    send();
    let before = -1;
    while (before !== it.tunnel.statistics.bytesIn) {
      before = it.tunnel.statistics.bytesIn;
      const { promise, resolve } = Promise.withResolvers<void>();
      SYSTEM_TUNNEL_CLOCK.after(200, resolve);
      await promise;
    }
    assert.ok(before < 8 << 20, `${before} bytes are on the way`);
    visitor.destroy();
  });

  it("waits for a service that restarts, and serves what comes then", async () => {
    using guest = new GuestNetwork();
    using server = await startServer();
    using it = startTunnel({ server: server.address, wayIn: guest });
    const { publicPort } = await it.until("connected");
    const visited = visit(publicPort, "early");
    await eventually(() => guest.remotes.length > 0);
    using _service = guest.serve(80, echo);
    assert.equal(await visited, "early");
    assert.equal(it.tunnel.state.tag, "connected");
  });

  it("gives visitors up at once where the workload does not come back by itself", async () => {
    using guest = new GuestNetwork();
    using server = await startServer();
    using it = startTunnel({ server: server.address, wayIn: guest });
    const { publicPort } = await it.until("connected");
    const waiting = visit(publicPort, "waiting");
    await eventually(() => guest.remotes.length > 0);
    guest.atRest = "the workload has completed: It is done";
    guest.whenChanged.notify();
    await assert.rejects(waiting, /ECONNRESET/);
    await assert.rejects(visit(publicPort, "x"), /ECONNRESET/);
    assert.equal(it.tunnel.statistics.failed, 2);
    assert.match(
      it.warnings[0] ?? "",
      /^Lost a visitor: .*the workload has completed: It is done$/,
    );
    guest.atRest = undefined;
    using _service = guest.serve(80, echo);
    assert.equal(await visit(publicPort, "back"), "back");
  });

  it("gives a visitor up where nothing ever listens, and goes on", async () => {
    using guest = new GuestNetwork();
    using server = await startServer();
    using it = startTunnel({ server: server.address, wayIn: guest, timing: { holdTimeout: 20 } });
    const { publicPort } = await it.until("connected");
    await assert.rejects(visit(publicPort, "x"), /ECONNRESET/);
    assert.equal(it.tunnel.statistics.failed, 1);
    assert.match(it.warnings[0] ?? "", /^Lost a visitor: /);
    assert.equal(it.tunnel.state.tag, "connected");
  });

  it("sends visitors beyond its limit away", async () => {
    using guest = new GuestNetwork();
    using _service = guest.serve(80, echo);
    using server = await startServer();
    using it = startTunnel({ server: server.address, wayIn: guest, maxConnections: 1 });
    const { publicPort } = await it.until("connected");
    const first = await connectTo(publicPort);
    first.write("a");
    assert.equal((await read(first, 1)).toString(), "a");
    await assert.rejects(visit(publicPort, "b"), /ECONNRESET/);
    first.end("c");
    assert.equal((await readAll(first)).toString(), "c");
    await eventually(() => it.tunnel.statistics.active === 0);
    assert.equal(await visit(publicPort, "d"), "d");
    assert.equal(it.tunnel.statistics.refused, 1);
  });

  it("expires", async () => {
    using guest = new GuestNetwork();
    using server = await startServer();
    const clock = new FakeTunnelClock();
    const expiresAfter = 30 * 24 * 3_600_000;
    using it = startTunnel({ server: server.address, wayIn: guest, expiresAfter, clock });
    await it.until("connected");
    // The time is looked at once an hour; frames that would come meanwhile do not.
    clock.sleep(expiresAfter);
    clock.advance(3_600_001);
    clock.advance(1);
    const { reason } = await it.until("disconnected");
    assert.equal(reason, "It expired");
    await eventually(() => server.server.tunnels === 0);
  });

  it("gives its port up and resets its visitors when it is stopped", async () => {
    using guest = new GuestNetwork();
    using _service = guest.serve(80, (connection) => answer(connection, (bytes) => bytes));
    using server = await startServer();
    using it = startTunnel({ server: server.address, wayIn: guest });
    const { publicPort } = await it.until("connected");
    const visitor = await connectTo(publicPort);
    visitor.write("a");
    await read(visitor, 1);
    it.tunnel[Symbol.dispose]();
    it.tunnel[Symbol.dispose]();
    await assert.rejects(readAll(visitor), /ECONNRESET/);
    await eventually(() => server.server.tunnels === 0 && guest.network.connections === 0);
    await assert.rejects(connectTo(publicPort), /ECONNREFUSED/);
    assert.equal(it.tunnel.state.tag, "disconnected");
  });

  it("tells the guest who visits where the server tells it", async () => {
    using guest = new GuestNetwork();
    using _service = guest.serve(80, echo);
    using server = await startServer({ scheme: "islet" });
    using it = startTunnel({ server: server.address, wayIn: guest });
    const { publicPort } = await it.until("connected");
    const visitor = await connectTo(publicPort);
    const { localPort } = visitor;
    visitor.end("x");
    await readAll(visitor);
    assert.equal(guest.remotes[0]?.port, localPort);
    assert.equal(guest.remotes[0]?.address, "127.0.0.1");
  });
});
