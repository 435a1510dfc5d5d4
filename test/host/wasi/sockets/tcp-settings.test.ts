import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { BACKLOG_MAX } from "../../../../host/network/network.ts";
import { VirtualNetwork } from "../../../../host/network/virtual/virtual-network.ts";
import type { TcpSocket } from "../../../../host/wasi/sockets/tcp-socket.ts";
import { outcome, SocketGuest } from "./support.ts";

const SECOND = 1_000_000_000n;
const U64_MAX = 2n ** 64n - 1n;

interface Option {
  readonly name: string;
  readonly get: (socket: TcpSocket) => bigint;
  readonly set: (socket: TcpSocket, value: bigint) => void;
  /** Set and read back. */
  readonly pairs: readonly (readonly [bigint, bigint])[];
}

const OPTIONS: readonly Option[] = [
  {
    name: "keep-alive-idle-time",
    get: (socket) => socket.keepAliveIdleTime(),
    set: (socket, value) => socket.setKeepAliveIdleTime(value),
    pairs: [
      [42n * SECOND, 42n * SECOND],
      [1n, SECOND],
      [U64_MAX, 32_767n * SECOND],
    ],
  },
  {
    name: "keep-alive-interval",
    get: (socket) => socket.keepAliveInterval(),
    set: (socket, value) => socket.setKeepAliveInterval(value),
    pairs: [
      [42n * SECOND, 42n * SECOND],
      [1n, SECOND],
      [U64_MAX, 32_767n * SECOND],
    ],
  },
  {
    name: "keep-alive-count",
    get: (socket) => BigInt(socket.keepAliveCount()),
    set: (socket, value) => socket.setKeepAliveCount(Number(value)),
    pairs: [
      [42n, 42n],
      [1n, 1n],
      [2n ** 32n - 1n, 127n],
    ],
  },
  {
    name: "hop-limit",
    get: (socket) => BigInt(socket.hopLimit()),
    set: (socket, value) => socket.setHopLimit(Number(value)),
    pairs: [
      [42n, 42n],
      [1n, 1n],
      [255n, 255n],
    ],
  },
  {
    name: "receive-buffer-size",
    get: (socket) => socket.receiveBufferSize(),
    set: (socket, value) => socket.setReceiveBufferSize(value),
    pairs: [
      [0x10000n, 0x10000n],
      [1n, 1024n],
      [U64_MAX, 8_388_608n],
    ],
  },
  {
    name: "send-buffer-size",
    get: (socket) => socket.sendBufferSize(),
    set: (socket, value) => socket.setSendBufferSize(value),
    pairs: [
      [0x10000n, 0x10000n],
      [1n, 1024n],
      [U64_MAX, 8_388_608n],
    ],
  },
];

describe("TcpSocket options", () => {
  for (const { name, get, set, pairs } of OPTIONS) {
    it(`${name} has a default, reads back what is in force and refuses 0`, () => {
      using owner = new SocketGuest();
      const socket = owner.socket();
      const initial = get(socket);
      assert.ok(initial > 0n);
      assert.equal(
        outcome(() => set(socket, 0n)),
        "invalid-argument",
      );
      assert.equal(get(socket), initial);
      for (const [value, expected] of pairs) {
        set(socket, value);
        assert.equal(get(socket), expected);
      }
    });

    it(`${name} is inherited by accepted sockets and theirs from then on`, async () => {
      using owner = new SocketGuest();
      const listener = owner.listen();
      const [value, expected] = pairs[0] ?? assert.fail();
      set(listener, value);
      await owner.connect(listener.localAddress());
      const [accepted] = listener.accept();
      assert.equal(get(accepted), expected);
      set(listener, 1n);
      assert.equal(get(accepted), expected);
    });
  }

  it("keep-alive-enabled can be switched, and is inherited", async () => {
    using owner = new SocketGuest();
    const listener = owner.listen();
    assert.equal(listener.keepAliveEnabled(), false);
    listener.setKeepAliveEnabled(true);
    assert.equal(listener.keepAliveEnabled(), true);
    await owner.connect(listener.localAddress());
    const [accepted] = listener.accept();
    listener.setKeepAliveEnabled(false);
    assert.equal(accepted.keepAliveEnabled(), true);
  });

  it("set-listen-backlog-size refuses 0 and takes every other value", () => {
    using owner = new SocketGuest();
    for (const socket of [owner.socket(), owner.bind(), owner.listen()]) {
      assert.equal(
        outcome(() => socket.setListenBacklogSize(0n)),
        "invalid-argument",
      );
      for (const value of [1n, BigInt(BACKLOG_MAX) + 1n, U64_MAX]) {
        assert.equal(
          outcome(() => socket.setListenBacklogSize(value)),
          "ok",
        );
      }
    }
  });

  it("the backlog bounds the connections that wait, also when it changes while listening", async () => {
    using owner = new SocketGuest();
    const listener = owner.bind();
    listener.setListenBacklogSize(1n);
    listener.startListen();
    listener.finishListen();
    await owner.connect(listener.localAddress());
    const waiting = owner.socket();
    waiting.startConnect(owner.network, listener.localAddress());
    await new Promise(setImmediate);
    assert.equal(
      outcome(() => waiting.finishConnect()),
      "would-block",
    );
    listener.setListenBacklogSize(2n);
    await waiting.subscribe().block();
    waiting.finishConnect();
  });

  it("buffer sizes bound what a writer may be ahead of its reader, at once", async () => {
    using owner = new SocketGuest({ network: new VirtualNetwork() });
    const listener = owner.listen();
    listener.setReceiveBufferSize(1024n);
    const [client, , output] = await owner.connect(listener.localAddress());
    listener.accept();
    client.setSendBufferSize(3072n);
    assert.equal(output.checkWrite(), 4096n);
  });
});
