import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { describe, it } from "mocha";
import type { ByteSink } from "../../../host/network/byte-stream.ts";
import { SocketError } from "../../../host/network/error.ts";
import { HostQuota } from "../../../host/network/host-quota.ts";
import { toText } from "../../../host/network/socket-address.ts";
import { SharedQuota } from "../../../host/network/shared-quota.ts";
import { nextTurn, readAll, readText, until } from "./support.ts";
import { accept, ipv4, ipv6, Shore, SIGNAL, VISITOR } from "./way-in-support.ts";

describe("Way in over a link, TCP", () => {
  it("connects a visitor, whom the guest sees as its peer", async () => {
    using shore = new Shore();
    const { outside, inside } = await shore.link(shore.listen());
    assert.equal(toText(inside.remote), "203.0.113.7:41000");
    assert.equal(toText(inside.local), "127.0.0.1:7777");
    assert.equal(toText(outside.local), "203.0.113.7:41000");
    assert.equal(toText(outside.remote), "127.0.0.1:7777");
  });

  const peers: [string, ReturnType<typeof ipv4>, ReturnType<typeof ipv4>, string][] = [
    ["IPv6 to IPv6", ipv6("2001:db8::1", 5), ipv6("::1", 80), "[2001:db8::1]:5"],
    ["IPv6 to IPv4", ipv6("2001:db8::1", 5), ipv4("127.0.0.1", 80), "192.0.0.8:5"],
    ["mapped to IPv4", ipv6("::ffff:192.0.2.9", 5), ipv4("127.0.0.1", 80), "192.0.2.9:5"],
    ["loopback to IPv4", ipv6("::1", 5), ipv4("127.0.0.1", 80), "127.0.0.1:5"],
    ["loopback to IPv6", ipv4("127.0.0.1", 5), ipv6("::1", 80), "[::1]:5"],
    ["IPv4 to IPv6", ipv4("192.168.1.2", 5), ipv6("::1", 80), "[64:ff9b:1::c0a8:102]:5"],
    ["another loopback", ipv4("192.0.2.9", 5), ipv4("127.0.0.9", 80), "192.0.2.9:5"],
  ];
  for (const [name, visitor, local, seen] of peers) {
    it(`shows a visitor in the family of the listener: ${name}`, async () => {
      using shore = new Shore();
      const { inside } = await shore.link(shore.listen(local), visitor);
      assert.equal(toText(inside.remote), seen);
    });
  }

  it("prefers a listener of the visitor's family", async () => {
    using shore = new Shore();
    shore.listen(ipv4("127.0.0.1", 80));
    const { inside } = await shore.link(shore.listen(ipv6("::1", 80)), ipv6("2001:db8::1", 5));
    assert.equal(toText(inside.local), "[::1]:80");
  });

  it("holds no port of the network for a visitor, whatever its port", async () => {
    using shore = new Shore();
    const listener = shore.listen();
    const visitor = ipv4("127.0.0.1", 7777);
    await Promise.all([shore.link(listener, visitor), shore.link(listener, visitor)]);
    assert.equal(shore.network.connections, 4);
    assert.equal(shore.network.reservations, 1);
  });

  it("carries bytes both ways and the end of each direction by itself", async () => {
    using shore = new Shore();
    const { outside, inside } = await shore.link(shore.listen());
    outside.sink.write(Buffer.from("question"));
    outside.sink.end();
    assert.equal(await readText(inside.source), "question");
    await nextTurn();
    assert.equal(outside.source.ended, false);
    inside.sink.write(Buffer.from("answer"));
    inside.sink.end();
    assert.equal(await readText(outside.source), "answer");
    inside[Symbol.dispose]();
    outside[Symbol.dispose]();
    await shore.idle();
  });

  it("carries what the guest sends after it has heard the end", async () => {
    using shore = new Shore();
    const { outside, inside } = await shore.link(shore.listen());
    outside.sink.end();
    await readText(inside.source);
    inside.sink.write(Buffer.from("late"));
    inside[Symbol.dispose]();
    assert.equal(await readText(outside.source), "late");
    await shore.idle();
  });

  it("passes a reset by the guest on, overtaking what was not read", async () => {
    using shore = new Shore();
    const { outside, inside } = await shore.link(shore.listen());
    inside.sink.write(Buffer.from("lost"));
    inside.reset();
    await until(() => outside.source.ended);
    assertReset(outside.source.failure);
    assert.equal(outside.sink.closed, true);
    assertReset(outside.sink.failure);
    await shore.idle();
  });

  for (const way of ["reset", "abort"] as const) {
    it(`passes a visitor's ${way} on`, async () => {
      using shore = new Shore();
      const { outside, inside } = await shore.link(shore.listen());
      if (way === "reset") outside.reset();
      else outside.sink.abort(new Error("no matter"));
      await until(() => inside.source.ended);
      assertReset(inside.source.failure);
      assertReset(inside.sink.failure);
      inside[Symbol.dispose]();
      await shore.idle();
    });
  }

  it("resets a connection that is closed with bytes that nobody read", async () => {
    using shore = new Shore();
    const { outside, inside } = await shore.link(shore.listen());
    inside.sink.write(Buffer.from("unread"));
    await until(() => outside.source.available > 0);
    outside[Symbol.dispose]();
    await until(() => inside.source.ended);
    assertReset(inside.source.failure);
  });

  it("refuses where nobody listens, and says where", async () => {
    using shore = new Shore();
    await assert.rejects(shore.wayIn.connect(80, { remote: VISITOR, signal: SIGNAL }), {
      name: "SocketError",
      code: "connection-refused",
      message: "Cannot connect to 127.0.0.1:80: nobody listens there",
    });
    assert.equal(shore.wayIn.active, 0);
  });

  it("waits for room in the backlog, and gives up with the signal", async () => {
    using shore = new Shore();
    const listener = shore.listen(ipv4("127.0.0.1", 80), 1);
    const first = shore.wayIn.connect(80, { remote: VISITOR, signal: SIGNAL });
    const controller = new AbortController();
    const second = shore.wayIn.connect(80, { remote: VISITOR, signal: SIGNAL });
    const third = shore.wayIn.connect(80, { remote: VISITOR, signal: controller.signal });
    const reason = new Error("Enough");
    controller.abort(reason);
    await assert.rejects(third, reason);
    await accept(listener);
    await first;
    assert.equal(listener.pending, 1);
    await accept(listener);
    await second;
    await assert.rejects(
      shore.wayIn.connect(80, { remote: VISITOR, signal: AbortSignal.abort(reason) }),
      reason,
    );
  });

  it("resets a connection that is made after its visitor gave up", async () => {
    using shore = new Shore();
    const listener = shore.listen();
    const controller = new AbortController();
    const connect = shore.wayIn.connect(7777, { remote: VISITOR, signal: controller.signal });
    await until(() => listener.pending > 0);
    controller.abort(new Error("Enough"));
    await assert.rejects(connect, /Enough/);
    const inside = listener.accept();
    await until(() => inside?.source.ended === true);
    inside?.[Symbol.dispose]();
    await shore.idle();
  });

  it("refuses who was not accepted when the listener is closed, since nobody heard of it", async () => {
    using shore = new Shore();
    const listener = shore.listen(ipv4("127.0.0.1", 80), 1);
    const connects = Array.from({ length: 3 }, () =>
      assert.rejects(shore.wayIn.connect(80, { remote: VISITOR, signal: SIGNAL }), {
        code: "connection-refused",
        message: "Cannot connect to 127.0.0.1:80: nobody listens there",
      }),
    );
    await until(() => listener.pending > 0);
    listener[Symbol.dispose]();
    await Promise.all(connects);
    await shore.idle();
  });

  it("counts visitors against the quota, and gives back what they held", async () => {
    const quota = new HostQuota({});
    using shore = new Shore({ quota: new SharedQuota(quota.admit({ connection: 3 }).seat) });
    const listener = shore.listen();
    const { outside, inside } = await shore.link(listener);
    await assert.rejects(shore.wayIn.connect(7777, { remote: VISITOR, signal: SIGNAL }), {
      code: "new-socket-limit",
    });
    outside[Symbol.dispose]();
    inside[Symbol.dispose]();
    await shore.idle();
    assert.equal(quota.used("connection"), 0);
    await shore.link(listener);
  });

  it("resets connections and refuses connects when the cell is gone", async () => {
    using shore = new Shore();
    const { outside } = await shore.link(shore.listen(ipv4("127.0.0.1", 80), 1));
    const waiting = shore.wayIn.connect(80, { remote: VISITOR, signal: SIGNAL });
    shore.cell[Symbol.dispose]();
    await assert.rejects(waiting, { code: "connection-refused" });
    await until(() => outside.source.ended);
    assertReset(outside.source.failure);
    assert.equal(outside.sink.closed, true);
    assert.equal(shore.wayIn.closed, true);
    assert.equal(shore.wayIn.active, 0);
    await assert.rejects(shore.wayIn.connect(80, { remote: VISITOR, signal: SIGNAL }), {
      code: "connection-refused",
    });
  });

  it("stops a visitor whose bytes nobody reads, and a guest likewise", async () => {
    using shore = new Shore();
    const { outside, inside } = await shore.link(shore.listen());
    const sent = { forth: 0, back: 0 };
    for (let quiet = 0; quiet < 20; quiet += 1) {
      const before = sent.forth + sent.back;
      sent.forth += fill(outside.sink);
      sent.back += fill(inside.sink);
      if (sent.forth + sent.back > before) quiet = 0;
      await nextTurn();
    }
    assert.ok(sent.forth < 1024 * 1024 && sent.back < 1024 * 1024, JSON.stringify(sent));
    outside.sink.end();
    inside.sink.end();
    assert.equal((await readAll(inside.source)).length, sent.forth);
    assert.equal((await readAll(outside.source)).length, sent.back);
  });

  it("moves megabytes through many connections at once, each in order", async () => {
    using shore = new Shore();
    const listener = shore.listen();
    await Promise.all(
      Array.from({ length: 8 }, async () => {
        const { outside, inside } = await shore.link(listener);
        const [up, down] = [randomBytes(700_001), randomBytes(500_003)];
        const [gotUp, gotDown] = await Promise.all([
          readAll(inside.source),
          readAll(outside.source),
          feed(outside.sink, up),
          feed(inside.sink, down),
        ]);
        assert.ok(up.equals(gotUp) && down.equals(gotDown), "bytes differ");
        inside[Symbol.dispose]();
      }),
    );
    await shore.idle();
  });

  it("tells when a port is opened and given up, in both protocols", async () => {
    using shore = new Shore();
    const heard: string[] = [];
    const listen = (): void => {
      shore.wayIn.whenChanged.add(listen);
      heard.push(["tcp", "udp"].map((protocol) => String(open(protocol))).join());
    };
    const open = (protocol: string): boolean =>
      shore.wayIn.isListening(protocol === "tcp" ? "tcp" : "udp", 7777);
    listen();
    const listener = shore.listen();
    const second = shore.listen(ipv6("::1", 7777));
    const udp = { receiveBufferSize: 1, sendBufferSize: 1, hopLimit: 1 };
    const socket = shore.network.bindUdp(ipv4("127.0.0.1", 7777), { udp });
    shore.network.bindUdp(ipv4("127.0.0.1", 0), { udp });
    await until(() => open("udp"));
    listener[Symbol.dispose]();
    socket[Symbol.dispose]();
    await until(() => !open("udp"));
    assert.equal(open("tcp"), true, "still at the other address");
    second[Symbol.dispose]();
    await until(() => !open("tcp"));
    assert.deepEqual(heard, [
      "false,false",
      "true,false",
      "true,false",
      "true,true",
      "true,true",
      "true,false",
      "false,false",
    ]);
  });
});

function assertReset(failure: Error | undefined): void {
  assert.ok(failure instanceof SocketError, `It failed with ${String(failure)}`);
  assert.equal(failure.code, "connection-reset");
}

function fill(sink: ByteSink): number {
  const room = sink.capacity;
  if (room > 0) sink.write(new Uint8Array(room));
  return room;
}

async function feed(sink: ByteSink, bytes: Uint8Array): Promise<void> {
  let sent = 0;
  while (sent < bytes.length) {
    const count = Math.min(sink.capacity, bytes.length - sent, 1 + Math.floor(sent / 3));
    if (count > 0) sink.write(bytes.subarray(sent, sent + count));
    else await new Promise<void>((resolve) => sink.whenWritable.add(resolve));
    sent += count;
  }
  sink.end();
}
