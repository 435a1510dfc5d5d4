import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:net";
import { describe, it } from "mocha";
import { SYSTEM_TUNNEL_CLOCK } from "../../../../host/tunnel/clock.ts";
import { Secret } from "../../../../host/tunnel/secret.ts";
import {
  eventually,
  FakeTunnelClock,
  GuestNetwork,
  MIN_PORT,
  startServer,
  startTunnel,
} from "../support.ts";
import { startScript, toAddress } from "./scripted-server.ts";

const ERROR = (text: string): string => `{"Error":${JSON.stringify(text)}}\0`;

describe("A tunnel that the server refuses", () => {
  it("fails at once with a secret that is not the server's, and says what to do", async () => {
    using guest = new GuestNetwork();
    using server = await startServer({ secrets: [new Secret("right")] });
    using it = startTunnel({ server: server.address, wayIn: guest, secret: new Secret("wrong") });
    const { failure } = await it.until("failed");
    assert.equal(failure.code, "unauthorized");
    assert.match(failure.reason, /invalid secret/);
    assert.match(failure.hint ?? "", /secret/);
    assert.deepEqual(server.reasons("refused"), ["invalid secret"]);
    assert.ok(!JSON.stringify([it.states, it.events, server.events]).includes("wrong"));
  });

  it("fails at once where the server has a secret and the client has none", async () => {
    using guest = new GuestNetwork();
    using server = await startServer({ secrets: [new Secret("right")] });
    using it = startTunnel({ server: server.address, wayIn: guest });
    const { failure } = await it.until("failed");
    assert.equal(failure.code, "unauthorized");
    assert.match(failure.reason, /requires a secret/);
  });

  it("finds out within three seconds that the server has no secret", async () => {
    using guest = new GuestNetwork();
    using server = await startServer();
    const clock = new FakeTunnelClock();
    using it = startTunnel({
      server: server.address,
      wayIn: guest,
      secret: new Secret("s"),
      clock,
    });
    // Each advance gives the sockets time to act; what counts is the clock of the tunnel.
    await eventually(() => {
      if (it.tunnel.state.tag === "connecting") clock.advance(10);
      return it.tunnel.state.tag !== "connecting";
    });
    const { failure } = await it.until("failed");
    assert.equal(failure.code, "unauthorized");
    assert.match(failure.reason, /does not ask for the secret/);
    assert.ok(clock.now() < 3000, `it took ${clock.now()} ms`);
  });

  it("tries again where a server hangs, instead of blaming the secret", async () => {
    using guest = new GuestNetwork();
    using server = await startScript(() => undefined);
    const clock = new FakeTunnelClock();
    using it = startTunnel({
      server: server.address,
      wayIn: guest,
      secret: new Secret("s"),
      clock,
    });
    await eventually(() => {
      if (it.tunnel.state.tag === "connecting") clock.advance(10);
      return it.tunnel.state.tag !== "connecting";
    });
    const { failure } = await it.until("reconnecting");
    assert.equal(failure.code, "timeout");
  });

  it("fails at once with a port outside of the server's range", async () => {
    using guest = new GuestNetwork();
    using server = await startServer();
    using it = startTunnel({ server: server.address, wayIn: guest, remotePort: MIN_PORT - 1 });
    const { failure } = await it.until("failed");
    assert.equal(failure.code, "out-of-range");
    assert.equal(server.events.length, 1);
  });

  it("goes on asking for a fixed port that somebody holds", async () => {
    using guest = new GuestNetwork();
    using server = await startServer();
    using holder = startTunnel({ server: server.address, wayIn: guest, remotePort: MIN_PORT + 7 });
    await holder.until("connected");
    using it = startTunnel({ server: server.address, wayIn: guest, remotePort: MIN_PORT + 7 });
    const { failure } = await it.until("reconnecting");
    assert.equal(failure.code, "port-in-use");
    assert.match(failure.hint ?? "", /another port/);
    holder.tunnel[Symbol.dispose]();
    assert.equal((await it.until("connected")).publicPort, MIN_PORT + 7);
  });

  it("goes on asking where the server has no port left", async () => {
    using guest = new GuestNetwork();
    using server = await startServer({ minPort: MIN_PORT, maxPort: MIN_PORT });
    using holder = startTunnel({ server: server.address, wayIn: guest });
    await holder.until("connected");
    using it = startTunnel({ server: server.address, wayIn: guest });
    const { failure } = await it.until("reconnecting");
    assert.equal(failure.code, "refused");
    assert.match(failure.reason, /failed to find an available port/);
    holder.tunnel[Symbol.dispose]();
    assert.equal((await it.until("connected")).publicPort, MIN_PORT);
  });

  it("says where no server listens, and goes on", async () => {
    using guest = new GuestNetwork();
    const closed = createServer();
    closed.listen(0, "127.0.0.1");
    await once(closed, "listening");
    const { port } = toAddress(closed.address());
    closed.close();
    const address = { scheme: "bore", host: "127.0.0.1", port } as const;
    using it = startTunnel({ server: address, wayIn: guest });
    const { failure } = await it.until("reconnecting");
    assert.equal(failure.code, "unreachable");
    assert.match(failure.reason, /^Cannot connect to 127\.0\.0\.1:\d+: .*ECONNREFUSED/);
    using server = await startServer({ port });
    assert.equal((await it.until("connected")).tag, "connected");
    assert.equal(server.server.tunnels, 1);
  });

  const odd: readonly (readonly [string, string, string])[] = [
    ["a server that is something else", "HTTP/1.1 400 Bad Request\r\n\r\n\0", "protocol"],
    ["a frame that is too long", "x".repeat(1000), "protocol"],
    ["an unknown message", '{"Welcome":1}\0', "protocol"],
    ["a message out of order", '"Heartbeat"\0', "protocol"],
    ["an error that it does not know", ERROR("full moon"), "refused"],
    ["a port that failed to bind", ERROR("failed to bind to port"), "refused"],
  ];
  for (const [what, bytes, code] of odd) {
    it(`goes on after ${what}`, async () => {
      using guest = new GuestNetwork();
      using server = await startScript((socket) => socket.end(bytes));
      using it = startTunnel({ server: server.address, wayIn: guest });
      const { failure } = await it.until("reconnecting");
      assert.equal(failure.code, code);
      await eventually(() => server.connections.length > 2);
    });
  }

  it("tries again at once when that is asked for, also after it failed", async () => {
    using guest = new GuestNetwork();
    const secrets = [new Secret("one")];
    using server = await startServer({ secrets });
    using it = startTunnel({ server: server.address, wayIn: guest, secret: new Secret("two") });
    await it.until("failed");
    secrets.push(new Secret("two"));
    it.tunnel.reconnect();
    await it.until("connected");
  });

  it("gives up on an attempt when it is stopped", async () => {
    using guest = new GuestNetwork();
    using server = await startScript(() => undefined);
    using it = startTunnel({ server: server.address, wayIn: guest, clock: SYSTEM_TUNNEL_CLOCK });
    await eventually(() => server.connections.length === 1);
    const [socket] = server.connections;
    assert.ok(socket);
    socket.resume();
    it.tunnel[Symbol.dispose]();
    await eventually(() => socket.closed);
    await it.tunnel.settled;
    assert.equal(it.tunnel.state.tag, "disconnected");
    assert.equal(server.connections.length, 1);
  });
});
