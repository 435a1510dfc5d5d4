import assert from "node:assert/strict";
import type { IpSocketAddress } from "@bytecodealliance/preview2-shim/interfaces/wasi-sockets-network";
import { describe, it } from "mocha";
import { VirtualNetwork } from "../../../../host/network/virtual/virtual-network.ts";
import { SocketQuota } from "../../../../host/wasi/sockets/socket-quota.ts";
import type { UdpSocket } from "../../../../host/wasi/sockets/udp-socket.ts";
import { ipv4, ipv6, outcome, SocketGuest } from "./support.ts";
import { ANY, bindUdp, createUdp, openUdp, receiveAll, sendTo, streamOf } from "./udp-support.ts";

const TAGS = ["unbound", "bind-started", "bound", "connected"] as const;

type Tag = (typeof TAGS)[number];

/** Puts a fresh socket of `owner` into a state. */
const REACH: Readonly<Record<Tag, (owner: SocketGuest) => UdpSocket>> = {
  unbound: (owner) => createUdp(owner),
  "bind-started": (owner) => {
    const socket = createUdp(owner);
    socket.startBind(owner.network, ipv4(0));
    return socket;
  },
  bound: (owner) => bindUdp(owner),
  connected: (owner) => openUdp(owner, ipv4(0), ipv4(9)).socket,
};

const CALLS: Readonly<Record<string, (socket: UdpSocket, owner: SocketGuest) => unknown>> = {
  "start-bind": (socket, owner) => socket.startBind(owner.network, ipv4(0)),
  "finish-bind": (socket) => socket.finishBind(),
  stream: (socket) => socket.stream(undefined),
  "local-address": (socket) => socket.localAddress(),
  "remote-address": (socket) => socket.remoteAddress(),
  "set-unicast-hop-limit": (socket) => socket.setUnicastHopLimit(3),
};

const WRONG = "invalid-state";
const IDLE = "not-in-progress";

/** What each call answers in each state. */
const TABLE: Readonly<Record<Tag, Readonly<Record<string, string>>>> = {
  unbound: {
    "start-bind": "ok",
    "finish-bind": IDLE,
    stream: WRONG,
    "local-address": WRONG,
    "remote-address": WRONG,
    "set-unicast-hop-limit": "ok",
  },
  "bind-started": {
    "start-bind": "concurrency-conflict",
    "finish-bind": "ok",
    stream: WRONG,
    "local-address": WRONG,
    "remote-address": WRONG,
    "set-unicast-hop-limit": "ok",
  },
  bound: {
    "start-bind": WRONG,
    "finish-bind": IDLE,
    stream: "ok",
    "local-address": "ok",
    "remote-address": WRONG,
    "set-unicast-hop-limit": "ok",
  },
  connected: {
    "start-bind": WRONG,
    "finish-bind": IDLE,
    stream: "ok",
    "local-address": "ok",
    "remote-address": "ok",
    "set-unicast-hop-limit": "ok",
  },
};

describe("UdpSocket states", () => {
  for (const tag of TAGS) {
    const reach = REACH[tag];
    const expected = TABLE[tag];
    describe(tag, () => {
      for (const [call, act] of Object.entries(CALLS)) {
        it(`answers ${call} with ${expected[call]}`, () => {
          using owner = new SocketGuest();
          const socket = reach(owner);
          assert.equal(
            outcome(() => act(socket, owner)),
            expected[call],
          );
          assert.equal(socket.addressFamily(), "ipv4");
        });
      }

      it("is ready for a poll, and can be dropped, twice", () => {
        using owner = new SocketGuest();
        const socket = reach(owner);
        const pollable = socket.subscribe();
        assert.equal(pollable.ready(), true);
        socket[Symbol.dispose]();
        socket[Symbol.dispose]();
        assert.equal(pollable.ready(), true);
      });
    });
  }
});

describe("UdpSocket bind", () => {
  it("tells the address it was bound to, the unspecified one as well", () => {
    using owner = new SocketGuest();
    for (const address of [ipv4(0), ANY, ipv6(0, 1), ipv6(0, 0), ipv4(0, [127, 0, 0, 2])]) {
      const local = bindUdp(owner, address).localAddress();
      assert.deepEqual(local.val.address, address.val.address);
      assert.ok(local.val.port >= 49_152);
    }
  });

  it("says address-in-use for a port that is taken, and can be tried again", () => {
    using owner = new SocketGuest();
    const { port } = bindUdp(owner).localAddress().val;
    const socket = createUdp(owner);
    socket.startBind(owner.network, ipv4(port));
    assert.equal(
      outcome(() => socket.finishBind()),
      "address-in-use",
    );
    socket.startBind(owner.network, ipv4(0));
    socket.finishBind();
    assert.notEqual(socket.localAddress().val.port, port);
  });

  for (const [title, address, expected] of [
    ["another family", ipv6(0, 1), "invalid-argument"],
    ["a private address", ipv4(0, [10, 0, 0, 1]), "access-denied"],
    ["a public address", ipv4(0, [1, 1, 1, 1]), "access-denied"],
    ["a multicast address", ipv4(0, [224, 0, 0, 1]), "access-denied"],
    ["the sentinel of the machine's loopback", ipv4(0, [127, 255, 255, 254]), "access-denied"],
  ] as const satisfies readonly (readonly [string, IpSocketAddress, string])[]) {
    it(`answers ${title} with ${expected}`, () => {
      using owner = new SocketGuest();
      const socket = createUdp(owner);
      assert.equal(
        outcome(() => socket.startBind(owner.network, address)),
        expected,
      );
      assert.equal(
        outcome(() => socket.finishBind()),
        "not-in-progress",
      );
    });
  }

  it("refuses an IPv4-mapped address on an IPv6 socket", () => {
    using owner = new SocketGuest();
    const socket = createUdp(owner, "ipv6");
    assert.equal(
      outcome(() => socket.startBind(owner.network, ipv6(0, 0xffff, 0x7f00, 1))),
      "invalid-argument",
    );
  });

  it("is free to a component, which cannot send without", () => {
    using owner = new SocketGuest({ kind: "component" });
    assert.ok(bindUdp(owner, ANY).localAddress().val.port > 0);
  });
});

describe("UdpSocket lifetime", () => {
  it("frees the port when the socket and both streams are dropped, in any order", () => {
    const network = new VirtualNetwork();
    using owner = new SocketGuest({ network });
    for (const order of [
      [0, 1, 2],
      [2, 1, 0],
      [1, 0, 2],
    ]) {
      const { socket, incoming, outgoing } = openUdp(owner);
      const parts = [socket, incoming, outgoing];
      for (const [count, index] of order.entries()) {
        assert.equal(network.udpSockets, 1, `${count} were dropped`);
        parts[index]?.[Symbol.dispose]();
        parts[index]?.[Symbol.dispose]();
      }
      assert.equal(network.udpSockets, 0);
    }
  });

  it("goes on over its streams when the socket is dropped", () => {
    using owner = new SocketGuest();
    const open = openUdp(owner);
    open.socket[Symbol.dispose]();
    sendTo(open, "to myself", open.address);
    assert.deepEqual(receiveAll(open), ["to myself"]);
  });

  it("frees everything when its guest goes down", () => {
    const network = new VirtualNetwork();
    const owner = new SocketGuest({ network });
    openUdp(owner);
    bindUdp(owner);
    createUdp(owner).startBind(owner.network, ipv4(0));
    assert.equal(network.udpSockets, 3);
    owner[Symbol.dispose]();
    assert.equal(network.udpSockets, 0);
    assert.equal(owner.quota.used, 0);
  });

  it("takes a place in the guest's quota", () => {
    using owner = new SocketGuest({}, new SocketQuota(2));
    const first = createUdp(owner);
    createUdp(owner);
    assert.throws(() => createUdp(owner), { code: "new-socket-limit" });
    first[Symbol.dispose]();
    createUdp(owner);
  });

  it("leaves the former streams without effect when it gets others", () => {
    using owner = new SocketGuest();
    const old = openUdp(owner);
    sendTo(old, "kept", old.address);
    const pollables = [old.incoming.subscribe(), old.outgoing.subscribe()];
    assert.deepEqual(
      pollables.map((pollable) => pollable.ready()),
      [true, true],
    );
    const present = streamOf(old.socket, undefined);
    for (const act of [
      () => old.incoming.receive(1n),
      () => old.outgoing.checkSend(),
      () => old.outgoing.send([]),
    ]) {
      assert.equal(outcome(act), "invalid-state");
    }
    assert.ok(pollables.every((pollable) => pollable.ready()));
    old.incoming[Symbol.dispose]();
    old.outgoing[Symbol.dispose]();
    assert.deepEqual(receiveAll(present), ["kept"]);
  });
});

describe("UdpSocket options", () => {
  it("give back what was set, clamped, and refuse 0", () => {
    using owner = new SocketGuest();
    for (const socket of [createUdp(owner), bindUdp(owner)]) {
      assert.equal(socket.unicastHopLimit(), 64);
      socket.setUnicastHopLimit(255);
      socket.setReceiveBufferSize(5000n);
      socket.setSendBufferSize(1n);
      const read = (): unknown[] => [
        socket.unicastHopLimit(),
        socket.receiveBufferSize(),
        socket.sendBufferSize(),
      ];
      assert.deepEqual(read(), [255, 5000n, 1024n]);
      for (const act of [
        () => socket.setUnicastHopLimit(0),
        () => socket.setReceiveBufferSize(0n),
        () => socket.setSendBufferSize(0n),
      ]) {
        assert.equal(outcome(act), "invalid-argument");
      }
      assert.deepEqual(read(), [255, 5000n, 1024n]);
    }
  });

  it("the receive buffer bounds what waits", () => {
    using owner = new SocketGuest();
    const open = openUdp(owner);
    open.socket.setReceiveBufferSize(4000n);
    for (let count = 0; count < 10; count += 1) sendTo(open, "x".repeat(1000), open.address);
    assert.equal(receiveAll(open).length, 3);
    open.socket.setReceiveBufferSize(2n ** 64n - 1n);
    assert.equal(open.socket.receiveBufferSize(), 8n * 1024n * 1024n);
  });
});
