import assert from "node:assert/strict";
import { createSocket, type RemoteInfo, type Socket } from "node:dgram";
import { describe, it } from "mocha";
import { parseLoopbackGrant } from "../../../../policy/loopback-grant.ts";
import type { Policy } from "../../../../policy/policy.ts";
import { TestEgress } from "../egress/support.ts";
import { ipv4, outcome, SocketGuest } from "./support.ts";
import {
  ANY,
  openUdp,
  type OpenUdp,
  receiveAll,
  receiveSome,
  sendTo,
  streamOf,
} from "./udp-support.ts";

const SENTINEL = [127, 255, 255, 254] as [number, number, number, number];

describe("UDP egress", () => {
  it("goes out from an unspecified bind, and the answer comes from the address that was asked", async () => {
    using server = serve((data) => `echo ${data}`);
    using egress = new TestEgress();
    using owner = new SocketGuest(egress.options(grant(server.port)));
    const open = openUdp(owner, ANY);
    assert.equal(egress.network.udpSockets, 0);
    sendTo(open, "hello", ipv4(server.port, SENTINEL));
    assert.equal(egress.network.udpSockets, 1);
    await open.incoming.subscribe().block();
    const [datagram] = open.incoming.receive(9n);
    assert.equal(Buffer.from(datagram?.data ?? []).toString(), "echo hello");
    assert.deepEqual(datagram?.remoteAddress, ipv4(server.port, SENTINEL));
    assert.deepEqual(open.socket.localAddress(), open.address);
    assert.deepEqual(
      egress.decisions.map(({ use, rule, outcome: how }) => `${use} ${rule} ${how}`),
      ["udp-send host-loopback allow"],
    );
  });

  it("stays the same socket within the workload", async () => {
    using server = serve(() => "from outside");
    using egress = new TestEgress();
    using owner = new SocketGuest(egress.options(grant(server.port)));
    const open = openUdp(owner, ANY);
    const neighbour = openUdp(owner);
    const inside = ipv4(open.address.val.port);
    const outside = ipv4(server.port, SENTINEL);
    const waiting = open.incoming.subscribe();
    sendTo(open, "x", outside);
    sendTo(open, "to a neighbour", neighbour.address);
    assert.deepEqual(receiveAll(neighbour), ["to a neighbour"]);
    await waiting.block();
    assert.deepEqual(receiveAll(open), ["from outside"]);
    sendTo(neighbour, "from inside", inside);
    assert.deepEqual(await receiveSome(open), ["from inside"]);
    // A port of the workload's own is another one than the same port of the machine.
    const namesake = openUdp(owner, ipv4(server.port));
    sendTo(namesake, "a namesake", inside);
    const [datagram] = open.incoming.receive(1n);
    assert.deepEqual(datagram?.remoteAddress, namesake.address);
  });

  it("does not let a flood from one network drown the other", async () => {
    using server = serve(() => "from outside");
    using egress = new TestEgress();
    using owner = new SocketGuest(egress.options(grant(server.port)));
    const open = openUdp(owner, ANY);
    const neighbour = openUdp(owner);
    sendTo(open, "x", ipv4(server.port, SENTINEL));
    await open.incoming.subscribe().block();
    for (let count = 0; count < 20; count += 1) {
      sendTo(neighbour, "flood", ipv4(open.address.val.port));
    }
    const received = new Set(
      open.incoming.receive(3n).map(({ data }) => Buffer.from(data).toString()),
    );
    assert.ok(received.has("from outside"));
    assert.ok(received.has("flood"));
  });

  it("connects to a peer outside, and only that is heard", async () => {
    using server = serve((data) => `echo ${data}`);
    using egress = new TestEgress();
    using owner = new SocketGuest(egress.options(grant(server.port)));
    const neighbour = openUdp(owner);
    const outside = ipv4(server.port, SENTINEL);
    const open = openUdp(owner, ANY, outside);
    assert.deepEqual(open.socket.remoteAddress(), outside);
    sendTo(neighbour, "strange", ipv4(open.address.val.port));
    sendTo(open, "one");
    assert.deepEqual(await receiveSome(open), ["echo one"]);
    const [, second] = [sendTo(open, "two", outside), await receiveSome(open)];
    assert.deepEqual(second, ["echo two"]);
    assert.equal(
      outcome(() => sendTo(open, "x", neighbour.address)),
      "invalid-argument",
    );
    const free = streamOf(open.socket, undefined);
    assert.deepEqual(receiveAll(free), [], "what came while it was connected elsewhere is dropped");
    sendTo(neighbour, "hello again", ipv4(open.address.val.port));
    assert.deepEqual(receiveAll(free), ["hello again"]);
    streamOf(open.socket, neighbour.address);
    assert.equal(egress.network.udpSockets, 0, "nothing outside is needed any more");
  });

  it("tells a connected guest that its peer refused", async () => {
    const server = serve(() => "");
    const { port } = server;
    server[Symbol.dispose]();
    using egress = new TestEgress();
    using owner = new SocketGuest(egress.options(grant(port)));
    const open = openUdp(owner, ANY, ipv4(port, SENTINEL));
    sendTo(open, "anybody?");
    await open.incoming.subscribe().block();
    assert.equal(
      outcome(() => open.incoming.receive(1n)),
      "connection-refused",
    );
    assert.deepEqual(open.incoming.receive(1n), []);
  });

  it("admits nobody who was not asked", async () => {
    using server = serve(() => "an answer");
    using egress = new TestEgress();
    using owner = new SocketGuest(egress.options(grant(server.port)));
    const open = openUdp(owner, ANY);
    const outside = ipv4(server.port, SENTINEL);
    sendTo(open, "where am I?", outside);
    assert.deepEqual(await receiveSome(open), ["an answer"]);
    using stranger = serve(() => "");
    for (const port of server.clients) stranger.socket.send("strange", port, "127.0.0.1");
    await new Promise((resolve) => stranger.socket.send("x", stranger.port, "127.0.0.1", resolve));
    sendTo(open, "again", outside);
    assert.deepEqual(await receiveSome(open), ["an answer"]);
  });

  it("does not leave from a socket that is bound to loopback", () => {
    using egress = new TestEgress();
    using owner = new SocketGuest(egress.options(grant(53)));
    const outside = ipv4(53, SENTINEL);
    for (const act of [
      () => sendTo(openUdp(owner), "x", outside),
      () => openUdp(owner, ipv4(0), outside),
    ]) {
      assert.equal(outcome(act), "remote-unreachable");
    }
    assert.equal(egress.network.udpSockets, 0);
  });

  const refusals: readonly (readonly [string, Partial<Policy>])[] = [
    ["without the host's flag", { ...grant(53), hostLoopback: false }],
    ["with a grant of another port", grant(54)],
    ["with a grant of TCP", { hostLoopback: true, loopbackGrants: [grantOf("53/tcp")] }],
  ];
  for (const [title, policy] of refusals) {
    it(`does not reach the machine's loopback ${title}`, () => {
      using egress = new TestEgress();
      using owner = new SocketGuest(egress.options(policy));
      assert.equal(
        outcome(() => sendTo(openUdp(owner, ANY), "x", ipv4(53, SENTINEL))),
        "access-denied",
      );
      assert.equal(egress.network.udpSockets, 0);
    });
  }

  it("never reaches a port that the host itself listens on", () => {
    using egress = new TestEgress();
    egress.machine.setOwnPorts({ tcp: [], udp: [53] });
    using owner = new SocketGuest(egress.options(grant(53)));
    assert.equal(
      outcome(() => sendTo(openUdp(owner, ANY), "x", ipv4(53, SENTINEL))),
      "access-denied",
    );
  });

  it("leaves nothing open when its guest is gone", () => {
    using egress = new TestEgress();
    using owner = new SocketGuest(egress.options(grant(53)));
    sendTo(openUdp(owner, ANY), "x", ipv4(53, SENTINEL));
    assert.equal(egress.network.udpSockets, 1);
    owner[Symbol.dispose]();
    assert.equal(egress.network.udpSockets, 0);
  });

  it("sends a burst, waiting for room where there is none", async () => {
    using server = serve(() => "");
    using egress = new TestEgress();
    using owner = new SocketGuest(egress.options(grant(server.port)));
    const open = openUdp(owner, ANY, ipv4(server.port, SENTINEL));
    assert.equal(await sendMany(open, 200), 200);
    while (server.received < 200) await new Promise(setImmediate);
  });
});

async function sendMany({ outgoing }: OpenUdp, count: number): Promise<number> {
  const writable = outgoing.subscribe();
  let sent = 0;
  while (sent < count) {
    const permitted = Number(outgoing.checkSend());
    if (permitted === 0) await writable.block();
    const list = Array.from({ length: Math.min(permitted, count - sent) }, () => {
      return { data: Buffer.from("x") };
    });
    sent += Number(outgoing.send(list));
  }
  return sent;
}

function grant(port: number): Partial<Policy> {
  return { hostLoopback: true, loopbackGrants: [grantOf(`${port}/udp`)] };
}

/** A server of the machine's loopback that answers each datagram. */
interface Server extends Disposable {
  readonly socket: Socket;
  readonly port: number;
  readonly clients: ReadonlySet<number>;
  readonly received: number;
}

function serve(answer: (data: string) => string): Server {
  const socket = createSocket("udp4");
  const clients = new Set<number>();
  let received = 0;
  socket.on("message", (data: Buffer, { address, port }: RemoteInfo) => {
    received += 1;
    clients.add(port);
    const reply = answer(String(data));
    if (reply !== "") socket.send(reply, port, address);
  });
  const { port } = socket.bindSync({ address: "127.0.0.1" });
  return {
    socket,
    port,
    clients,
    get received() {
      return received;
    },
    [Symbol.dispose]: () => socket.close(),
  };
}

function grantOf(text: string): Policy["loopbackGrants"][number] {
  const parsed = parseLoopbackGrant(text);
  assert.ok(parsed !== undefined);
  return parsed;
}
