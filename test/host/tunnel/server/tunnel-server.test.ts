import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import type { Socket } from "node:net";
import { describe, it } from "mocha";
import { answerChallenge } from "../../../../host/tunnel/protocol/challenge.ts";
import { Secret } from "../../../../host/tunnel/secret.ts";
import {
  connectTo,
  echo,
  eventually,
  FakeTunnelClock,
  GuestNetwork,
  isReset,
  MIN_PORT,
  read,
  readAll,
  startServer,
  startTunnel,
  type TestServer,
  visit,
} from "../support.ts";

describe("TunnelServer", () => {
  it("does not start with an empty range of ports", async () => {
    await assert.rejects(startServer({ minPort: 2, maxPort: 1 }), /range is empty/);
  });

  const hostile: readonly (readonly [string, string, string])[] = [
    ["a frame that is too long", "x".repeat(300), "Cannot read a frame of more than 256 bytes"],
    ["what is not JSON", "HELLO 1\n8420\n\0", "not JSON"],
    ["an unknown message", '{"Hello":[1,"id"]}\0', "is unknown"],
    [
      "an answer to no challenge",
      `{"Authenticate":"${"0".repeat(64)}"}\0`,
      "unexpected authenticate",
    ],
    ["a heartbeat", '"Heartbeat"\0', "unexpected heartbeat"],
    ["TLS, which is not set up", '"Tls"\0', "TLS, which is not set up"],
    ["TLS without asking", "\u0016\u0003\u0001\0\u0005", "not JSON"],
    ["an unknown visitor", `{"Accept":"${crypto.randomUUID()}"}\0`, "a visitor that is not here"],
  ];
  for (const [what, bytes, reason] of hostile) {
    it(`closes on ${what}, and harms nothing else`, async () => {
      using guest = new GuestNetwork();
      using _service = guest.serve(80, echo);
      using server = await startServer();
      using it = startTunnel({ server: server.address, wayIn: guest });
      const { publicPort } = await it.until("connected");
      const socket = await connectTo(server.port);
      socket.write(bytes);
      assert.equal((await readAll(socket)).length, 0);
      await eventually(() => server.reasons("refused").length === 1);
      assert.ok(
        server.reasons("refused").join().includes(reason),
        server.reasons("refused").join(),
      );
      assert.equal(await visit(publicPort, "fine"), "fine");
      assert.equal(it.states.length, 1);
    });
  }

  it("sends who says nothing away after three seconds", async () => {
    const clock = new FakeTunnelClock();
    using server = await startServer({ clock });
    const socket = await connectTo(server.port);
    await eventually(() => clock.timers === 1);
    clock.advance(3001);
    assert.equal(
      (await readAll(socket)).toString(),
      '{"Error":"timed out waiting for initial message"}\0',
    );
  });

  it("takes any of its secrets", async () => {
    const secrets = [new Secret("a"), new Secret(""), new Secret("c")];
    using server = await startServer({ secrets });
    using guest = new GuestNetwork();
    for (const secret of secrets) {
      using it = startTunnel({ server: server.address, wayIn: guest, secret });
      await it.until("connected");
    }
  });

  it("gives a visitor out once", async () => {
    using server = await startServer();
    const { control, port } = await hello(server, 0);
    const visitor = await connectTo(port);
    const id = await nextVisitor(control);
    const first = await accept(server, id);
    const second = await accept(server, id);
    assert.equal((await readAll(second)).length, 0);
    visitor.end("to the first");
    assert.equal((await read(first, 12)).toString(), "to the first");
    first.end("from the first");
    assert.equal((await readAll(visitor)).toString(), "from the first");
    assert.deepEqual(server.reasons("refused"), ["It fetches a visitor that is not here"]);
    control.destroy();
  });

  it("sends a visitor away that is never fetched", async () => {
    const clock = new FakeTunnelClock();
    using server = await startServer({ clock });
    const { control, port } = await hello(server, 0);
    const visitor = await connectTo(port);
    await nextVisitor(control);
    clock.advance(10_001);
    await assert.rejects(readAll(visitor), /ECONNRESET/);
    assert.deepEqual(server.reasons("lost"), ["A visitor was not fetched in time"]);
    assert.deepEqual(server.server.visitors, { pending: 0, connected: 0 });
    control.destroy();
  });

  it("bounds the visitors that wait and those that are there", async () => {
    using server = await startServer({ limits: { pending: 2, connections: 3 } });
    const { control, port } = await hello(server, 0);
    const visitors = [await connectTo(port), await connectTo(port)];
    const id = await nextVisitor(control);
    await eventually(() => server.server.visitors.pending === 2);
    assert.ok(await isReset(port));
    const data = await accept(server, id);
    await eventually(() => server.server.visitors.connected === 1);
    visitors.push(await connectTo(port));
    await eventually(() => server.server.visitors.pending === 2);
    assert.ok(await isReset(port));
    assert.match(server.reasons("lost").join(), /2 visitors wait.*3 visitors are here/);
    for (const socket of [...visitors, data, control]) socket.destroy();
  });

  it("bounds its tunnels, and says so", async () => {
    using server = await startServer({ limits: { tunnels: 1 } });
    const { control } = await hello(server, 0);
    const second = await connectTo(server.port);
    second.write('{"Hello":0}\0');
    assert.equal((await readAll(second)).toString(), '{"Error":"the server is full"}\0');
    control.destroy();
  });

  it("bounds the connections that have not said what they want", async () => {
    using server = await startServer({ limits: { greetings: 2 } });
    const idle = [await connectTo(server.port), await connectTo(server.port)];
    await sleep(100);
    assert.ok(await isReset(server.port));
    for (const socket of idle) socket.destroy();
    await sleep(100);
    const { control } = await hello(server, 0);
    control.destroy();
  });

  it("closes a control connection that is flooded", async () => {
    using server = await startServer();
    const { control } = await hello(server, 0);
    control.resume();
    const flood = setInterval(() => control.write('"Heartbeat"\0'.repeat(1000)), 1);
    await eventually(() => server.reasons("closed").length === 1);
    clearInterval(flood);
    assert.deepEqual(server.reasons("closed"), ["It floods"]);
    assert.equal(server.server.tunnels, 0);
  });

  it("frees the port as soon as its client leaves", async () => {
    using server = await startServer();
    const { control, port } = await hello(server, MIN_PORT + 3);
    control.end();
    await eventually(() => server.server.tunnels === 0);
    const again = await hello(server, MIN_PORT + 3);
    assert.equal(again.port, port);
    again.control.destroy();
  });

  it("lets connections live on that were fetched, when the control connection is lost", async () => {
    using server = await startServer();
    const { control, port } = await hello(server, 0);
    const visitor = await connectTo(port);
    const data = await accept(server, await nextVisitor(control));
    await eventually(() => server.server.visitors.connected === 1);
    control.resetAndDestroy();
    await eventually(() => server.server.tunnels === 0);
    visitor.write("still here");
    assert.equal((await read(data, 10)).toString(), "still here");
    visitor.destroy();
    data.destroy();
  });

  it("closes everything when it is disposed", async () => {
    const server = await startServer();
    const { control, port } = await hello(server, 0);
    const visitor = await connectTo(port);
    const data = await accept(server, await nextVisitor(control));
    const idle = await connectTo(server.port);
    await eventually(() => server.server.visitors.connected === 1);
    server[Symbol.dispose]();
    server[Symbol.dispose]();
    for (const socket of [control, visitor, data, idle]) {
      await readAll(socket).catch(() => undefined);
    }
    await assert.rejects(connectTo(port), /ECONNREFUSED/);
    await assert.rejects(connectTo(server.port), /ECONNREFUSED/);
  });
});

describe("A client that comes back before the server noticed that it left", () => {
  it("takes its port over with its secret", async () => {
    const secret = new Secret("s");
    using server = await startServer({ secrets: [secret, new Secret("other")] });
    const first = await hello(server, MIN_PORT + 5, "s");
    const visitor = await connectTo(first.port);
    await nextVisitor(first.control);
    const second = await hello(server, MIN_PORT + 5, "s");
    assert.equal(second.port, first.port);
    await readAll(first.control).catch(() => undefined);
    const data = await accept(server, await nextVisitor(second.control), "s");
    visitor.end("waited");
    assert.equal((await read(data, 6)).toString(), "waited");
    assert.equal(server.server.tunnels, 1);
    assert.ok(server.events.some(({ tag }) => tag === "taken-over"));
    for (const socket of [second.control, data]) socket.destroy();
  });

  it("does not without a secret, nor with another one", async () => {
    using open = await startServer();
    const first = await hello(open, MIN_PORT + 6);
    await assert.rejects(hello(open, MIN_PORT + 6), /port already in use/);
    first.control.destroy();
    using closed = await startServer({ secrets: [new Secret("a"), new Secret("b")] });
    const second = await hello(closed, MIN_PORT + 7, "a");
    await assert.rejects(hello(closed, MIN_PORT + 7, "b"), /port already in use/);
    second.control.destroy();
  });

  it("takes its port over by the name of its tunnel, and nobody else does", async () => {
    using server = await startServer();
    const lease = crypto.randomUUID();
    const first = await connectTo(server.port);
    first.write(open(lease));
    await read(first, 16);
    const stranger = await connectTo(server.port);
    stranger.write(open(crypto.randomUUID()));
    assert.match((await readAll(stranger)).toString(), /port already in use/);
    await assert.rejects(hello(server, MIN_PORT + 8), /port already in use/);
    const second = await connectTo(server.port);
    second.write(open(lease));
    assert.equal((await read(second, 16)).toString().slice(0, 16), `{"Hello":${MIN_PORT + 8}}\0`);
    second.destroy();
  });

  it("does not have to, where it promised heartbeats and is silent", async () => {
    const clock = new FakeTunnelClock();
    using server = await startServer({ clock });
    const first = await connectTo(server.port);
    first.write(`{"Open":{"port":0,"lease":"${crypto.randomUUID()}"}}\0`);
    await read(first, 16);
    first.resume();
    clock.advance(5000);
    first.write('"Heartbeat"\0');
    await sleep(100);
    clock.advance(5000);
    await sleep(100);
    assert.equal(server.server.tunnels, 1);
    clock.advance(8001);
    await eventually(() => server.server.tunnels === 0);
    assert.deepEqual(server.reasons("closed"), ["Its client is silent"]);
  });
});

function open(lease: string): string {
  return `{"Open":{"port":${MIN_PORT + 8},"lease":"${lease}"}}\0`;
}

interface Opened {
  readonly control: Socket;
  readonly port: number;
}

/** Opens a tunnel by hand. Rejects with what the server says. */
async function hello(server: TestServer, wanted: number, secret?: string): Promise<Opened> {
  const control = await greet(server, secret);
  control.write(`{"Hello":${wanted}}\0`);
  const text = (await read(control, 16)).toString();
  const match = /^\{"Hello":(\d+)\}\0(.*)$/s.exec(text);
  if (match === null) throw new Error(text + (await readAll(control)).toString());
  if (match[2] !== undefined && match[2] !== "") control.unshift(Buffer.from(match[2]));
  return { control, port: Number(match[1]) };
}

async function greet(server: TestServer, secret: string | undefined): Promise<Socket> {
  const socket = await connectTo(server.port);
  if (secret === undefined) return socket;
  const [, challenge = ""] = /"([\da-f-]{36})"/.exec((await read(socket, 53)).toString()) ?? [];
  socket.write(`{"Authenticate":"${answerChallenge(secret, challenge)}"}\0`);
  return socket;
}

/** The ID of the next visitor that a control connection tells of. */
async function nextVisitor(control: Socket): Promise<string> {
  let text = "";
  while (true) {
    text += (await read(control, 1)).toString();
    const match = /\{"Connection":"([\da-f-]{36})"\}\0/.exec(text);
    if (match?.[1] !== undefined) return match[1];
  }
}

async function accept(server: TestServer, id: string, secret?: string): Promise<Socket> {
  const socket = await greet(server, secret);
  socket.write(`{"Accept":"${id}"}\0`);
  return socket;
}
