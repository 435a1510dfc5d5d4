import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { VirtualNetwork } from "../../../../host/network/virtual/virtual-network.ts";
import { GuestError } from "../../../../host/wasi/guest-error.ts";
import { resourceCount } from "../../../../host/wasi/resource.ts";
import { networkErrorCode } from "../../../../host/wasi/sockets/error-code.ts";
import type { TcpSocket } from "../../../../host/wasi/sockets/tcp-socket.ts";
import { countsOf, ipv4, ipv6, NOTHING_OPEN, outcome, SocketGuest } from "./support.ts";

const ORDERS = [
  [0, 1, 2],
  [0, 2, 1],
  [1, 0, 2],
  [1, 2, 0],
  [2, 0, 1],
  [2, 1, 0],
] as const;

describe("TcpSocket lifetime", () => {
  for (const order of ORDERS) {
    const names = order.map((index) => ["socket", "input", "output"][index]).join(", ");
    it(`closes the connection with the last of its parts, dropped as ${names}`, async () => {
      const network = new VirtualNetwork();
      using owner = new SocketGuest({ network });
      const listener = owner.listen();
      const parts = await owner.connect(listener.localAddress());
      const [server, input, output] = listener.accept();
      for (const [step, index] of order.entries()) {
        assert.equal(network.connections, 2, `after ${step} drops`);
        parts[index][Symbol.dispose]();
      }
      assert.equal(network.connections, 1);
      for (const part of [server, input, output]) part[Symbol.dispose]();
      assert.equal(network.connections, 0);
      assert.equal(network.reservations, 1, "the listener's");
    });
  }

  it("keeps the streams working after their socket was dropped", async () => {
    using owner = new SocketGuest();
    const listener = owner.listen();
    const [socket, , output] = await owner.connect(listener.localAddress());
    socket[Symbol.dispose]();
    output.checkWrite();
    output.write(Buffer.from("still here"));
    const [, input] = listener.accept();
    assert.equal(Buffer.from(input.read(100n)).toString(), "still here");
  });

  it("frees the port of a socket that is dropped after bind, listen or a failed listen", () => {
    const network = new VirtualNetwork();
    using owner = new SocketGuest({ network });
    for (const make of [() => owner.bind(ipv4(7777)), () => owner.listen(ipv4(7777))]) {
      make()[Symbol.dispose]();
      make()[Symbol.dispose]();
    }
    const started = owner.socket();
    started.startBind(owner.network, ipv4(7777));
    started[Symbol.dispose]();
    const listening = owner.bind(ipv4(7777));
    listening.startListen();
    listening[Symbol.dispose]();
    assert.deepEqual(countsOf(network), NOTHING_OPEN);
  });

  it("resets connections that nobody accepted when the listener is dropped", async () => {
    const network = new VirtualNetwork();
    using owner = new SocketGuest({ network });
    const listener = owner.listen();
    const [, input] = await owner.connect(listener.localAddress());
    listener[Symbol.dispose]();
    assert.throws(
      () => input.read(1n),
      (error) => {
        assert.ok(error instanceof GuestError);
        assert.equal(networkErrorCode(error.payload.val), "connection-reset");
        return true;
      },
    );
  });

  it("leaves nothing behind when the guest goes, whatever it was doing", async () => {
    const before = resourceCount();
    const network = new VirtualNetwork();
    {
      using server = new SocketGuest({ network });
      using client = new SocketGuest({ network });
      const listener = server.listen();
      server.bind();
      server.listen(ipv6(0, 1));
      server.socket().startBind(server.network, ipv4(0));
      await client.connect(listener.localAddress());
      listener.accept();
      await client.connect(listener.localAddress());
      const connecting = client.socket();
      connecting.startConnect(client.network, listener.localAddress());
      connecting.subscribe();
    }
    // A connect that had been answered is known to have been after the guest is gone.
    await new Promise(setImmediate);
    assert.deepEqual(countsOf(network), NOTHING_OPEN);
    assert.equal(resourceCount(), before);
  });

  it("gives its port to the next instance at once, ten times in a row", async () => {
    const network = new VirtualNetwork();
    using client = new SocketGuest({ network });
    for (let round = 0; round < 10; round += 1) {
      using service = new SocketGuest({ network });
      const listener = service.listen(ipv4(7777));
      await client.connect(listener.localAddress());
      listener.accept();
    }
    client[Symbol.dispose]();
    assert.deepEqual(countsOf(network), NOTHING_OPEN);
  });

  it("survives any sequence of calls and drops without leaving anything behind", async () => {
    for (let seed = 1; seed <= 60; seed += 1) await playRandomly(seed);
  });
});

/** Calls functions of a few sockets at random; each answers or throws an error for a guest, nothing else. */
async function playRandomly(seed: number): Promise<void> {
  const random = createRandom(seed);
  const pick = <T>(list: readonly T[]): T | undefined => list[Math.floor(random() * list.length)];
  const before = resourceCount();
  const network = new VirtualNetwork();
  {
    using owner = new SocketGuest({ network });
    const sockets: TcpSocket[] = [];
    const streams: Disposable[] = [];
    const ports = [0, 7777, 7778];
    const acts: ((socket: TcpSocket) => void)[] = [
      (socket) => socket.startBind(owner.network, ipv4(pick(ports) ?? 0)),
      (socket) => socket.finishBind(),
      (socket) => socket.startListen(),
      (socket) => socket.finishListen(),
      (socket) => socket.startConnect(owner.network, ipv4(pick(ports) ?? 0)),
      (socket) => streams.push(...socket.finishConnect()),
      (socket) => {
        const [accepted, input, output] = socket.accept();
        sockets.push(accepted);
        streams.push(input, output);
      },
      (socket) => socket.shutdown(pick(["receive", "send", "both"] as const) ?? "both"),
      (socket) => socket.setSendBufferSize(1n + BigInt(Math.floor(random() * 1e6))),
      (socket) => socket.subscribe().ready(),
      (socket) => socket.localAddress(),
      (socket) => socket.remoteAddress(),
      (socket) => socket.setListenBacklogSize(BigInt(Math.floor(random() * 4))),
    ];
    for (let step = 0; step < 200; step += 1) {
      if (sockets.length < 5) sockets.push(owner.socket());
      const socket = pick(sockets);
      const act = pick(acts);
      if (socket === undefined || act === undefined) continue;
      outcome(() => act(socket));
      if (random() < 0.05) sockets.splice(sockets.indexOf(socket), 1)[0]?.[Symbol.dispose]();
      if (random() < 0.1) pick(streams)?.[Symbol.dispose]();
      if (random() < 0.2) await Promise.resolve();
    }
  }
  await new Promise(setImmediate);
  assert.deepEqual(countsOf(network), NOTHING_OPEN, `seed ${seed}`);
  assert.equal(resourceCount(), before, `seed ${seed}`);
}

/** mulberry32: the same numbers for the same seed. */
function createRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}
