import assert from "node:assert/strict";
import { createSocket, type RemoteInfo, Socket } from "node:dgram";
import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, it } from "mocha";
import { HostQuota } from "../../../../host/network/host-quota.ts";
import { SharedQuota } from "../../../../host/network/shared-quota.ts";
import { toText } from "../../../../host/network/socket-address.ts";
import { UDP_OPTIONS_DEFAULT as udp } from "../../../../host/network/udp-options.ts";
import { until } from "../../bridge/support.ts";
import { ipv4, Shore } from "../../bridge/way-in-support.ts";
import { FakeClock } from "../../workload/fake-clock.ts";
import { Harbour } from "./support.ts";

describe("Forward of UDP", () => {
  for (const [address, type] of [
    ["127.0.0.1", "udp4"],
    ["::1", "udp6"],
  ] as const) {
    it(`answers each visitor at ${address} by its own address`, async () => {
      await using harbour = new Harbour();
      const peers = await echoUdp(harbour);
      const forward = await harbour.add("auto:53/udp");
      const [one, two] = [createSocket(type), createSocket(type)];
      assert.equal(await exchange(one, forward.host, address, "one"), "one");
      assert.equal(await exchange(two, forward.host, address, "two"), "two");
      assert.deepEqual(
        peers,
        [one, two].map((socket) => `127.0.0.1:${socket.address().port}`),
      );
      assert.partialDeepStrictEqual(harbour.now(forward).stats, {
        open: 2,
        total: 2,
        bytesIn: 6,
        bytesOut: 6,
        dropped: 0,
      });
      one.close();
      two.close();
    });
  }

  it("carries the largest and the empty datagram", async () => {
    await using harbour = new Harbour();
    await echoUdp(harbour);
    const { host } = await harbour.add("auto:53/udp");
    const socket = createSocket("udp4");
    const text = "x".repeat(60_000);
    assert.equal(await exchange(socket, host, "127.0.0.1", text), text);
    assert.equal(await exchange(socket, host, "127.0.0.1", ""), "");
    socket.close();
  });

  it("drops and counts datagrams that nobody receives, and delivers once somebody does", async () => {
    await using harbour = new Harbour();
    const forward = await harbour.add("auto:53/udp");
    const socket = createSocket("udp4");
    socket.send("lost", forward.host, "127.0.0.1");
    await until(() => harbour.now(forward).stats.dropped === 1);
    assert.equal(harbour.now(forward).stats.open, 0);
    await echoUdp(harbour);
    assert.equal(await exchange(socket, forward.host, "127.0.0.1", "found"), "found");
    socket.close();
  });

  it("forgets a visitor that is silent, and knows it again", async () => {
    const clock = new FakeClock();
    await using harbour = new Harbour({ clock });
    await echoUdp(harbour);
    const forward = await harbour.add("auto:53/udp", { limits: { flowTimeout: 1000 } });
    const socket = createSocket("udp4");
    await exchange(socket, forward.host, "127.0.0.1", "hello");
    assert.equal(harbour.now(forward).stats.open, 1);
    clock.advance(1250);
    assert.equal(harbour.now(forward).stats.open, 0);
    assert.equal(clock.size, 0);
    assert.equal(await exchange(socket, forward.host, "127.0.0.1", "again"), "again");
    assert.equal(harbour.now(forward).stats.total, 2);
    socket.close();
  });

  it("bounds its visitors: a new one takes the place of the one that was silent the longest", async () => {
    await using harbour = new Harbour();
    await echoUdp(harbour);
    const forward = await harbour.add("auto:53/udp", { limits: { connections: 2 } });
    const sockets = [createSocket("udp4"), createSocket("udp4"), createSocket("udp4")];
    for (const socket of sockets) await exchange(socket, forward.host, "127.0.0.1", "hello");
    assert.partialDeepStrictEqual(harbour.now(forward).stats, { open: 2, total: 3 });
    await until(() => harbour.wayIn.active === 2);
    for (const socket of sockets) socket.close();
  });

  it("has a new visitor take that place too where the workload has no more sockets", async () => {
    const place = new HostQuota({}).admit({ socket: 3 });
    await using harbour = new Harbour({}, new Shore({ quota: new SharedQuota(place.seat) }));
    await echoUdp(harbour);
    const forward = await harbour.add("auto:53/udp");
    const sockets = [createSocket("udp4"), createSocket("udp4"), createSocket("udp4")];
    for (const socket of sockets) {
      const answer = once(socket, "message");
      let isAnswered = false;
      void answer.then(() => (isAnswered = true));
      // As clients of UDP do that hear nothing.
      while (!isAnswered) {
        socket.send("hello", forward.host, "127.0.0.1");
        await sleep(20);
      }
    }
    const { stats } = harbour.now(forward);
    assert.equal(stats.open, 2);
    assert.ok(stats.refused > 0);
    for (const socket of sockets) socket.close();
  });

  it("drops a datagram that nobody can answer", async () => {
    const made: Socket[] = [];
    const onSocket = (message: unknown): void => {
      if (typeof message !== "object" || message === null || !("socket" in message)) return;
      if (message.socket instanceof Socket) made.push(message.socket);
    };
    await using harbour = new Harbour();
    const peers = await echoUdp(harbour);
    subscribe("udp.socket", onSocket);
    const forward = await harbour.add("auto:53/udp");
    unsubscribe("udp.socket", onSocket);
    // As it is when somebody sent it through a raw socket.
    const from: RemoteInfo = { address: "203.0.113.7", family: "IPv4", port: 0, size: 2 };
    made[0]?.emit("message", Buffer.from("hi"), from);
    assert.equal(harbour.now(forward).stats.dropped, 1);
    const socket = createSocket("udp4");
    assert.equal(await exchange(socket, forward.host, "127.0.0.1", "hello"), "hello");
    assert.equal(peers.length, 1);
    socket.close();
  });

  it("keeps the visitors of one cell when another died", async () => {
    await using harbour = new Harbour();
    await using other = new Harbour();
    for (const one of [harbour, other]) await echoUdp(one);
    harbour.wayIn.setTargets([harbour.shore.wayIn, other.shore.wayIn]);
    const forward = await harbour.add("auto:53/udp");
    const sockets = Array.from({ length: 6 }, () => createSocket("udp4"));
    for (const socket of sockets) await exchange(socket, forward.host, "127.0.0.1", "hello");
    assert.equal(other.shore.wayIn.active, 3);
    harbour.shore.cell[Symbol.dispose]();
    await until(() => harbour.now(forward).stats.open < 6);
    assert.partialDeepStrictEqual(harbour.now(forward).stats, { open: 3, refused: 0 });
    for (const socket of sockets) socket.close();
  });

  it("goes on after the cell died", async () => {
    await using harbour = new Harbour();
    await echoUdp(harbour);
    const forward = await harbour.add("auto:53/udp");
    const socket = createSocket("udp4");
    await exchange(socket, forward.host, "127.0.0.1", "hello");
    harbour.shore.cell[Symbol.dispose]();
    await until(() => harbour.now(forward).stats.open === 0);
    await using other = new Harbour();
    await echoUdp(other);
    harbour.wayIn.setTargets([other.shore.wayIn]);
    assert.equal(await exchange(socket, forward.host, "127.0.0.1", "again"), "again");
    socket.close();
  });
});

/** Answers datagrams at port 53, and lists whom it answered. */
async function echoUdp(harbour: Harbour): Promise<string[]> {
  const peers: string[] = [];
  const socket = harbour.shore.network.bindUdp(ipv4("127.0.0.1", 53), { udp });
  const step = (): void => {
    while (socket.pending > 0) {
      const datagram = socket.receive();
      if (datagram === undefined) break;
      peers.push(toText(datagram.remote));
      socket.send(datagram.data, datagram.remote);
    }
    socket.whenReadable.add(step);
  };
  step();
  await until(() => harbour.shore.wayIn.isListening("udp", 53));
  return peers;
}

async function exchange(
  socket: Socket,
  port: number,
  address: string,
  text: string,
): Promise<string> {
  const answer = once(socket, "message");
  socket.send(text, port, address);
  const [bytes] = await answer;
  return String(bytes);
}
