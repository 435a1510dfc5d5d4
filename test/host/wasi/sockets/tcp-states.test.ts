import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { VirtualNetwork } from "../../../../host/network/virtual/virtual-network.ts";
import type { TcpSocket } from "../../../../host/wasi/sockets/tcp-socket.ts";
import type { TcpState } from "../../../../host/wasi/sockets/tcp-state.ts";
import { ipv4, outcome, PendingNetwork, SocketGuest } from "./support.ts";

type Tag = TcpState["tag"];

const TAGS: readonly Tag[] = [
  "unbound",
  "bind-started",
  "bound",
  "listen-started",
  "listening",
  "connect-started",
  "connected",
  "closed",
];

/** Puts a fresh socket of `owner` into a state; in the `*-started` states nothing has settled. */
const REACH: Readonly<
  Record<Tag, (owner: SocketGuest, remote: SocketGuest) => Promise<TcpSocket>>
> = {
  unbound: async (owner) => owner.socket(),
  "bind-started": async () => {
    const pending = new SocketGuest({ network: new PendingNetwork() });
    const socket = pending.socket();
    socket.startBind(pending.network, ipv4(80));
    return socket;
  },
  bound: async (owner) => owner.bind(),
  "listen-started": async (owner) => {
    const network = new VirtualNetwork();
    const waiting = new SocketGuest({
      network: {
        bind: (local) => network.bind(local),
        bindUdp: (local, options) => network.bindUdp(local, options),
        listen: () => new Promise(() => {}),
        connect: (remote, options) => network.connect(remote, options),
      },
    });
    const socket = waiting.bind();
    socket.startListen();
    assert.equal(owner.guest.disposed, false);
    return socket;
  },
  listening: async (owner) => owner.listen(),
  "connect-started": async () => {
    const pending = new SocketGuest({ network: new PendingNetwork() });
    const socket = pending.socket();
    socket.startConnect(pending.network, ipv4(80));
    return socket;
  },
  connected: async (owner, remote) => {
    const [socket] = await owner.connect(remote.listen().localAddress());
    return socket;
  },
  closed: async (owner) => {
    const socket = owner.socket();
    assert.equal(
      outcome(() => socket.startConnect(owner.network, ipv4(0))),
      "invalid-argument",
    );
    return socket;
  },
};

const CALL_NAMES = [
  "start-bind",
  "finish-bind",
  "start-connect",
  "finish-connect",
  "start-listen",
  "finish-listen",
  "accept",
  "local-address",
  "remote-address",
  "set-listen-backlog-size",
  "shutdown",
] as const;

type Call = (typeof CALL_NAMES)[number];

const CALLS: Readonly<Record<Call, (socket: TcpSocket, owner: SocketGuest) => unknown>> = {
  "start-bind": (socket, owner) => socket.startBind(owner.network, ipv4(0)),
  "finish-bind": (socket) => socket.finishBind(),
  "start-connect": (socket, owner) => socket.startConnect(owner.network, ipv4(9)),
  "finish-connect": (socket) => socket.finishConnect(),
  "start-listen": (socket) => socket.startListen(),
  "finish-listen": (socket) => socket.finishListen(),
  accept: (socket) => socket.accept(),
  "local-address": (socket) => socket.localAddress(),
  "remote-address": (socket) => socket.remoteAddress(),
  "set-listen-backlog-size": (socket) => socket.setListenBacklogSize(32n),
  shutdown: (socket) => socket.shutdown("both"),
};

const WRONG = "invalid-state";
const IDLE = "not-in-progress";
const BUSY = "concurrency-conflict";

/** The whole state machine: what each call answers in each state. */
const TABLE: Readonly<Record<Tag, Readonly<Record<Call, ReturnType<typeof outcome>>>>> = {
  unbound: {
    "start-bind": "ok",
    "finish-bind": IDLE,
    "start-connect": "ok",
    "finish-connect": IDLE,
    "start-listen": WRONG,
    "finish-listen": IDLE,
    accept: WRONG,
    "local-address": WRONG,
    "remote-address": WRONG,
    "set-listen-backlog-size": "ok",
    shutdown: WRONG,
  },
  "bind-started": {
    "start-bind": BUSY,
    "finish-bind": "would-block",
    "start-connect": BUSY,
    "finish-connect": IDLE,
    "start-listen": BUSY,
    "finish-listen": IDLE,
    accept: WRONG,
    "local-address": WRONG,
    "remote-address": WRONG,
    "set-listen-backlog-size": "ok",
    shutdown: WRONG,
  },
  bound: {
    "start-bind": WRONG,
    "finish-bind": IDLE,
    "start-connect": "ok",
    "finish-connect": IDLE,
    "start-listen": "ok",
    "finish-listen": IDLE,
    accept: WRONG,
    "local-address": "ok",
    "remote-address": WRONG,
    "set-listen-backlog-size": "ok",
    shutdown: WRONG,
  },
  "listen-started": {
    "start-bind": BUSY,
    "finish-bind": IDLE,
    "start-connect": BUSY,
    "finish-connect": IDLE,
    "start-listen": BUSY,
    "finish-listen": "would-block",
    accept: WRONG,
    "local-address": "ok",
    "remote-address": WRONG,
    "set-listen-backlog-size": "ok",
    shutdown: WRONG,
  },
  listening: {
    "start-bind": WRONG,
    "finish-bind": IDLE,
    "start-connect": WRONG,
    "finish-connect": IDLE,
    "start-listen": WRONG,
    "finish-listen": IDLE,
    accept: "would-block",
    "local-address": "ok",
    "remote-address": WRONG,
    "set-listen-backlog-size": "ok",
    shutdown: WRONG,
  },
  "connect-started": {
    "start-bind": BUSY,
    "finish-bind": IDLE,
    "start-connect": BUSY,
    "finish-connect": "would-block",
    "start-listen": BUSY,
    "finish-listen": IDLE,
    accept: WRONG,
    "local-address": WRONG,
    "remote-address": WRONG,
    "set-listen-backlog-size": WRONG,
    shutdown: WRONG,
  },
  connected: {
    "start-bind": WRONG,
    "finish-bind": IDLE,
    "start-connect": WRONG,
    "finish-connect": IDLE,
    "start-listen": WRONG,
    "finish-listen": IDLE,
    accept: WRONG,
    "local-address": "ok",
    "remote-address": "ok",
    "set-listen-backlog-size": WRONG,
    shutdown: "ok",
  },
  closed: {
    "start-bind": WRONG,
    "finish-bind": IDLE,
    "start-connect": WRONG,
    "finish-connect": IDLE,
    "start-listen": WRONG,
    "finish-listen": IDLE,
    accept: WRONG,
    "local-address": WRONG,
    "remote-address": WRONG,
    "set-listen-backlog-size": WRONG,
    shutdown: WRONG,
  },
};

const READY: Readonly<Record<Tag, boolean>> = {
  unbound: true,
  "bind-started": false,
  bound: true,
  "listen-started": false,
  listening: false,
  "connect-started": false,
  connected: true,
  closed: true,
};

describe("TcpSocket states", () => {
  for (const tag of TAGS) {
    const reach = REACH[tag];
    describe(tag, () => {
      for (const call of CALL_NAMES) {
        const act = CALLS[call];
        const expected = TABLE[tag][call];
        it(`answers ${call} with ${expected}`, async () => {
          const network = new VirtualNetwork();
          using owner = new SocketGuest({ network });
          using remote = new SocketGuest({ network });
          const socket = await reach(owner, remote);
          assert.equal(socket.endpoint.state.tag, tag);
          assert.equal(
            outcome(() => act(socket, owner)),
            expected,
          );
          if (expected !== "ok") assert.equal(socket.endpoint.state.tag, tag, "the state changed");
          assert.equal(socket.isListening(), socket.endpoint.state.tag === "listening");
          assert.equal(socket.addressFamily(), "ipv4");
        });
      }

      it(`${READY[tag] ? "is" : "is not"} ready for a poll`, async () => {
        const network = new VirtualNetwork();
        using owner = new SocketGuest({ network });
        using remote = new SocketGuest({ network });
        assert.equal((await reach(owner, remote)).subscribe().ready(), READY[tag]);
      });

      it("can be dropped, twice, and its pollable outlives it", async () => {
        const network = new VirtualNetwork();
        using owner = new SocketGuest({ network });
        using remote = new SocketGuest({ network });
        const socket = await reach(owner, remote);
        const pollable = socket.subscribe();
        socket[Symbol.dispose]();
        socket[Symbol.dispose]();
        assert.equal(socket.endpoint.state.tag, "closed");
        assert.equal(pollable.ready(), true);
      });
    });
  }
});
