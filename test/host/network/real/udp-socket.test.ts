import assert from "node:assert/strict";
import { createSocket } from "node:dgram";
import { beforeEach, describe, it } from "mocha";
import { SocketError } from "../../../../host/network/error.ts";
import { RealNetwork } from "../../../../host/network/real/real-network.ts";
import { toText } from "../../../../host/network/socket-address.ts";
import type { UdpSocket } from "../../../../host/network/udp.ts";
import { at, eventually, IPV4, turn, until } from "../../../contract/network/support.ts";
import { describeUdpContract } from "../../../contract/udp.ts";
import { failureCode, open, receive, receiveText, send } from "../../../contract/udp/support.ts";

describeUdpContract("RealNetwork", () => new RealNetwork());

describe("RealUdpSocket", () => {
  beforeEach("let earlier sockets close", () => eventually(() => sockets() === 0));

  it("binds at once, without a promise", () => {
    using network = new RealNetwork();
    assert.ok(open(network, IPV4).local.port > 0);
  });

  it("closes every handle, also where binding failed", async () => {
    const network = new RealNetwork();
    const socket = open(network, IPV4);
    open(network, IPV4);
    assert.equal(
      failureCode(() => open(network, IPV4, { port: socket.local.port })),
      "address-in-use",
    );
    assert.ok(sockets() > 0);
    network[Symbol.dispose]();
    await eventually(() => sockets() === 0);
  });

  it("tells one receive or send that its peer refused, and then goes on", async () => {
    using network = new RealNetwork();
    const peer = open(network, IPV4);
    peer[Symbol.dispose]();
    const socket = open(network, IPV4);
    socket.connect(peer.local);
    for (const act of [() => socket.receive(), () => socket.send(Buffer.from("again"))]) {
      await send(socket, "anybody?");
      await until(socket.whenReadable, () => socket.failure !== undefined);
      assert.equal(failureCode(act), "connection-refused");
      assert.equal(socket.failure, undefined);
      assert.equal(socket.receive(), undefined);
    }
    const revived = open(network, IPV4, { port: peer.local.port });
    await send(socket, "now?");
    assert.equal(await receiveText(revived), "now?");
    await send(revived, "yes", socket.local);
    assert.equal(await receiveText(socket), "yes");
  });

  it("hands over what arrived before a failure first", async () => {
    using network = new RealNetwork();
    const [socket, peer] = [open(network, IPV4), open(network, IPV4)];
    socket.connect(peer.local);
    await send(peer, "last words", socket.local);
    await until(socket.whenReadable, () => socket.pending > 0);
    peer[Symbol.dispose]();
    await send(socket, "anybody?");
    await until(socket.whenReadable, () => socket.failure !== undefined);
    assert.equal(await receiveText(socket), "last words");
    assert.equal(
      failureCode(() => socket.receive()),
      "connection-refused",
    );
  });

  it("forgets what its peer refused when it gets another", async () => {
    using network = new RealNetwork();
    const [socket, peer, other] = [open(network, IPV4), open(network, IPV4), open(network, IPV4)];
    peer[Symbol.dispose]();
    socket.connect(peer.local);
    await send(socket, "anybody?");
    await until(socket.whenReadable, () => socket.failure !== undefined);
    socket.connect(other.local);
    await send(socket, "hello");
    assert.equal(await receiveText(other), "hello");
  });

  it("takes only so many datagrams until they are on their way", async () => {
    using network = new RealNetwork();
    const socket = open(network, IPV4);
    const sent = flood(socket);
    assert.ok(sent > 0 && sent <= 64);
    assert.throws(() => socket.send(new Uint8Array(1), socket.local), RangeError);
    await until(socket.whenWritable, () => socket.capacity > 0);
    assert.ok(flood(socket) > 0);
  });

  it("takes only so many bytes until they are on their way", async () => {
    using network = new RealNetwork();
    const socket = open(network, IPV4);
    socket.configure({ receiveBufferSize: 4096, sendBufferSize: 4096, hopLimit: 64 });
    socket.send(new Uint8Array(5000), socket.local);
    assert.equal(socket.capacity, 0);
    await until(socket.whenWritable, () => socket.capacity > 0);
    assert.equal((await receive(socket)).data.length, 5000);
  });

  it("may not send to a broadcast address", async () => {
    using network = new RealNetwork();
    const socket = open(network, { address: "0.0.0.0", family: "ipv4" });
    await send(socket, "everybody?", at({ address: "255.255.255.255", family: "ipv4" }, 9));
    await until(socket.whenReadable, () => socket.failure !== undefined);
    assert.ok(socket.failure instanceof SocketError);
    assert.ok(["access-denied", "remote-unreachable"].includes(socket.failure.code));
  });

  it("learns its address when it is connected from an unspecified one", async () => {
    using network = new RealNetwork();
    const peer = open(network, IPV4);
    const socket = open(network, { address: "0.0.0.0", family: "ipv4" });
    const { port } = socket.local;
    socket.connect(peer.local);
    assert.equal(socket.local.address, IPV4.address);
    socket.disconnect();
    assert.equal(toText(socket.local), `0.0.0.0:${port}`);
  });

  it("speaks with a plain node:dgram peer, and keeps strangers out that it did not ask", async () => {
    const server = createSocket("udp4", (data, { address, port }) => {
      server.send(`echo ${String(data)}`, port, address);
    });
    const stranger = createSocket("udp4");
    const { port } = server.bindSync({ address: IPV4.address });
    try {
      using network = new RealNetwork();
      const socket = open(network, { address: "0.0.0.0", family: "ipv4" }, { admit: "replies" });
      stranger.send("let me in", socket.local.port, IPV4.address);
      while (socket.dropped === 0) await turn();
      await send(socket, "hello", at(IPV4, port));
      const { data, remote } = await receive(socket);
      assert.equal(Buffer.from(data).toString(), "echo hello");
      assert.equal(toText(remote), `${IPV4.address}:${port}`);
    } finally {
      server.close();
      stranger.close();
    }
  });
});

/** Sends to itself as long as the socket takes more. */
function flood(socket: UdpSocket): number {
  let sent = 0;
  for (; socket.capacity > 0; sent += 1) socket.send(new Uint8Array(1), socket.local);
  return sent;
}

/** Sockets of this process that are open. */
function sockets(): number {
  return process.getActiveResourcesInfo().filter((name) => name.startsWith("UDP")).length;
}
