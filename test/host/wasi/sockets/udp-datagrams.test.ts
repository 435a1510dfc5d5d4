import assert from "node:assert/strict";
import type { IpSocketAddress } from "@bytecodealliance/preview2-shim/interfaces/wasi-sockets-network";
import { describe, it } from "mocha";
import { VirtualNetwork } from "../../../../host/network/virtual/virtual-network.ts";
import { RECEIVE_MAX } from "../../../../host/wasi/sockets/incoming-datagram-stream.ts";
import { ipv4, ipv6, outcome, SocketGuest } from "./support.ts";
import {
  ANY,
  bindUdp,
  openUdp,
  receiveAll,
  receiveSome,
  sendTo,
  streamOf,
  toOutgoing,
} from "./udp-support.ts";

const LOOPBACK = [
  { family: "IPv4", any: ipv4(0), largest: 65_507 },
  { family: "IPv6", any: ipv6(0, 1), largest: 65_527 },
] as const;

describe("UDP datagrams", () => {
  for (const { family, any, largest } of LOOPBACK) {
    it(`go between the guests of a workload over ${family}, and can be answered`, async () => {
      const network = new VirtualNetwork();
      using service = new SocketGuest({ network });
      using component = new SocketGuest({ network, kind: "component" });
      const server = openUdp(service, any);
      const client = openUdp(component, any);
      const waiting = server.incoming.subscribe();
      assert.equal(waiting.ready(), false);
      const received = waiting.block();
      assert.equal(sendTo(client, "ping", server.address), 1n);
      await received;
      const [datagram] = server.incoming.receive(1n);
      assert.deepEqual(datagram?.remoteAddress, client.address);
      sendTo(server, "pong", datagram?.remoteAddress);
      assert.deepEqual(await receiveSome(client), ["pong"]);
    });

    it(`carry ${largest} bytes over ${family} and not one more`, () => {
      using owner = new SocketGuest();
      const open = openUdp(owner, any);
      assert.equal(sendTo(open, new Uint8Array(largest), open.address), 1n);
      assert.equal(receiveAll(open)[0]?.length, largest);
      assert.equal(
        outcome(() => sendTo(open, new Uint8Array(largest + 1), open.address)),
        "datagram-too-large",
      );
    });
  }

  it("arrive whole and in order, empty ones too", () => {
    using owner = new SocketGuest();
    const open = openUdp(owner);
    for (const text of ["one", "", "three"]) sendTo(open, text, open.address);
    assert.deepEqual(receiveAll(open), ["one", "", "three"]);
  });

  it("vanish where nobody is, without an error", () => {
    const network = new VirtualNetwork();
    using owner = new SocketGuest({ network });
    const open = openUdp(owner, ANY);
    assert.equal(sendTo(open, "anybody?", ipv4(9)), 1n);
    assert.equal(network.lostDatagrams, 1);
    assert.deepEqual(receiveAll(open), []);
  });

  it("reach a socket that is bound to the unspecified address", () => {
    using owner = new SocketGuest();
    const server = openUdp(owner, ANY);
    const client = openUdp(owner, ANY);
    sendTo(client, "hello", ipv4(server.address.val.port));
    const [datagram] = server.incoming.receive(1n);
    assert.deepEqual(datagram?.remoteAddress, ipv4(client.address.val.port));
  });
});

describe("incoming-datagram-stream", () => {
  it("returns at most as many as were asked for, and none without an error", () => {
    using owner = new SocketGuest();
    const open = openUdp(owner);
    assert.deepEqual(open.incoming.receive(10n), []);
    for (let count = 0; count < 3; count += 1) sendTo(open, String(count), open.address);
    assert.deepEqual(open.incoming.receive(0n), []);
    assert.equal(open.incoming.receive(2n).length, 2);
    assert.equal(open.incoming.receive(2n ** 64n - 1n).length, 1);
    assert.equal(open.incoming.subscribe().ready(), false);
  });

  it("returns so many at once", () => {
    using owner = new SocketGuest();
    const open = openUdp(owner);
    for (let count = 0; count < RECEIVE_MAX + 1; count += 1) sendTo(open, "x", open.address);
    assert.equal(open.incoming.receive(1000n).length, RECEIVE_MAX);
    assert.equal(open.incoming.receive(1000n).length, 1);
  });
});

describe("outgoing-datagram-stream", () => {
  it("sends what check-send permitted, and traps for more and without it", () => {
    using owner = new SocketGuest();
    const open = openUdp(owner);
    const datagram = toOutgoing("x", open.address);
    assert.throws(() => open.outgoing.send([datagram]), RangeError);
    const permitted = open.outgoing.checkSend();
    assert.ok(permitted > 1n);
    const list = Array.from({ length: Number(permitted) }, () => datagram);
    assert.throws(() => open.outgoing.send([...list, datagram]), RangeError);
    assert.equal(open.outgoing.send(list), permitted);
    assert.throws(() => open.outgoing.send([datagram]), RangeError);
    assert.equal(receiveAll(open).length, Number(permitted));
  });

  it("sends nothing for an empty list, permitted or not", () => {
    using owner = new SocketGuest();
    const { outgoing } = openUdp(owner);
    assert.equal(outgoing.send([]), 0n);
    outgoing.checkSend();
    assert.equal(outgoing.send([]), 0n);
  });

  it("is ready for a poll", () => {
    using owner = new SocketGuest();
    assert.equal(openUdp(owner).outgoing.subscribe().ready(), true);
  });

  it("sends up to the first error, which it returns only where it is the first", () => {
    using owner = new SocketGuest();
    const open = openUdp(owner);
    const [good, bad] = [toOutgoing("good", open.address), toOutgoing("bad")];
    open.outgoing.checkSend();
    assert.equal(open.outgoing.send([good, good, bad, good]), 2n);
    assert.deepEqual(receiveAll(open), ["good", "good"]);
    open.outgoing.checkSend();
    assert.equal(
      outcome(() => open.outgoing.send([bad, good])),
      "invalid-argument",
    );
    assert.deepEqual(receiveAll(open), []);
  });

  const cases: readonly (readonly [string, IpSocketAddress | undefined])[] = [
    ["no address", undefined],
    ["an address of another family", ipv6(9, 1)],
    ["the unspecified address", ipv4(9, [0, 0, 0, 0])],
    ["port 0", ipv4(0)],
  ];
  for (const [title, remote] of cases) {
    it(`answers ${title} with invalid-argument`, () => {
      using owner = new SocketGuest();
      const open = openUdp(owner);
      // Also right after an address that was in order.
      sendTo(open, "x", open.address);
      assert.equal(
        outcome(() => sendTo(open, "x", remote)),
        "invalid-argument",
      );
    });
  }

  it("answers an address outside of the workload with access-denied, where nothing grants it", () => {
    using owner = new SocketGuest();
    const open = openUdp(owner, ANY);
    for (const address of [
      [169, 254, 169, 254],
      [255, 255, 255, 255],
      [224, 0, 0, 1],
      [127, 255, 255, 254],
    ] as const) {
      assert.equal(
        outcome(() => sendTo(open, "x", ipv4(53, [...address]))),
        "access-denied",
      );
    }
  });
});

describe("UdpSocket.stream", () => {
  it("limits the socket to its peer, in both directions", () => {
    using owner = new SocketGuest();
    const peer = openUdp(owner);
    const stranger = openUdp(owner);
    const open = openUdp(owner, ipv4(0), peer.address);
    assert.deepEqual(open.socket.remoteAddress(), peer.address);
    sendTo(stranger, "strange", open.address);
    sendTo(peer, "familiar", open.address);
    assert.deepEqual(receiveAll(open), ["familiar"]);
    assert.equal(sendTo(open, "one"), 1n);
    assert.equal(sendTo(open, "two", peer.address), 1n);
    assert.deepEqual(receiveAll(peer), ["one", "two"]);
    assert.equal(
      outcome(() => sendTo(open, "x", stranger.address)),
      "invalid-argument",
    );
  });

  it("can be called again, for another peer and for none", () => {
    using owner = new SocketGuest();
    const [first, second] = [openUdp(owner), openUdp(owner)];
    const socket = bindUdp(owner);
    const { address } = streamOf(socket, first.address);
    sendTo(streamOf(socket, second.address), "to the second");
    assert.deepEqual(receiveAll(second), ["to the second"]);
    assert.deepEqual(socket.remoteAddress(), second.address);
    const free = streamOf(socket, undefined);
    assert.equal(
      outcome(() => socket.remoteAddress()),
      "invalid-state",
    );
    sendTo(first, "hello", address);
    assert.deepEqual(receiveAll(free), ["hello"]);
    assert.deepEqual(socket.localAddress(), address);
  });

  it("tells the address that the peer sees, where the unspecified one was bound", () => {
    using owner = new SocketGuest();
    const peer = openUdp(owner);
    const socket = bindUdp(owner, ANY);
    const { port } = socket.localAddress().val;
    streamOf(socket, peer.address);
    assert.deepEqual(socket.localAddress(), ipv4(port));
    streamOf(socket, undefined);
    assert.deepEqual(socket.localAddress(), ipv4(port, [0, 0, 0, 0]));
  });

  it("changes nothing where the address is wrong or denied", () => {
    using owner = new SocketGuest();
    const peer = openUdp(owner);
    const open = openUdp(owner, ANY, peer.address);
    for (const [remote, expected] of [
      [ipv6(9, 1), "invalid-argument"],
      [ipv4(9, [0, 0, 0, 0]), "invalid-argument"],
      [ipv4(0), "invalid-argument"],
      [ipv4(9, [169, 254, 169, 254]), "access-denied"],
    ] as const) {
      assert.equal(
        outcome(() => open.socket.stream(remote)),
        expected,
      );
    }
    assert.deepEqual(open.socket.remoteAddress(), peer.address);
    assert.equal(sendTo(open, "still there"), 1n);
    assert.deepEqual(receiveAll(peer), ["still there"]);
  });
});
