import assert from "node:assert/strict";
import type { SocketAddress } from "node:net";
import { describe, it } from "mocha";
import { FLOW_WINDOW } from "../../../host/bridge/flow-window.ts";
import { SocketError } from "../../../host/network/error.ts";
import { HostQuota } from "../../../host/network/host-quota.ts";
import { SharedQuota } from "../../../host/network/shared-quota.ts";
import { toText } from "../../../host/network/socket-address.ts";
import type { Datagram, UdpSocket } from "../../../host/network/udp.ts";
import { UDP_OPTIONS_DEFAULT as udp } from "../../../host/network/udp-options.ts";
import type { DatagramFlow } from "../../../host/network/way-in.ts";
import { nextTurn, until } from "./support.ts";
import { ipv4, ipv6, Shore, VISITOR } from "./way-in-support.ts";

describe("Way in over a link, UDP", () => {
  const visitors: [string, SocketAddress, SocketAddress, string][] = [
    ["a stranger", VISITOR, ipv4("127.0.0.1", 53), "203.0.113.7:41000"],
    ["somebody on loopback", ipv4("127.0.0.1", 9000), ipv4("127.0.0.1", 53), "127.0.0.1:9000"],
    ["a stranger by IPv6", ipv6("2001:db8::1", 5), ipv6("::1", 53), "[2001:db8::1]:5"],
    ["a stranger by another family", ipv6("2001:db8::1", 5), ipv4("127.0.0.1", 53), "192.0.0.8:5"],
    [
      "a stranger by the other family",
      ipv4("10.1.2.3", 5),
      ipv6("::1", 53),
      "[64:ff9b:1::a01:203]:5",
    ],
  ];
  for (const [name, visitor, local, seen] of visitors) {
    it(`lets ${name} and a guest exchange datagrams`, async () => {
      using shore = new Shore();
      const socket = shore.network.bindUdp(local, { udp });
      const { flow, received } = openFlow(shore, visitor);
      assert.equal(flow.send(Buffer.from("question")), true);
      const datagram = await receive(socket);
      assert.equal(Buffer.from(datagram.data).toString(), "question");
      assert.equal(toText(datagram.remote), seen);
      socket.send(Buffer.from("answer"), datagram.remote);
      await until(() => received.length > 0);
      assert.deepEqual(received, ["answer"]);
    });
  }

  it("gives a visitor another port where a guest has its own", async () => {
    using shore = new Shore();
    const socket = shore.network.bindUdp(ipv4("127.0.0.1", 53), { udp });
    const guest = shore.network.bindUdp(ipv4("127.0.0.1", 9000), { udp });
    const { flow, received } = openFlow(shore, ipv4("127.0.0.1", 9000));
    flow.send(Buffer.from("question"));
    const { remote } = await receive(socket);
    assert.equal(remote.address, "127.0.0.1");
    assert.notEqual(remote.port, 9000);
    socket.send(Buffer.from("visitor"), remote);
    socket.send(Buffer.from("guest"), guest.local);
    await until(() => received.length > 0);
    assert.deepEqual(received, ["visitor"]);
    assert.equal(Buffer.from((await receive(guest)).data).toString(), "guest");
  });

  it("answers a connected socket of a guest", async () => {
    using shore = new Shore();
    const socket = shore.network.bindUdp(ipv4("127.0.0.1", 53), { udp });
    const { flow, received } = openFlow(shore, VISITOR);
    flow.send(Buffer.from("question"));
    socket.connect((await receive(socket)).remote);
    socket.send(Buffer.from("answer"));
    await until(() => received.length > 0);
    assert.deepEqual(received, ["answer"]);
  });

  it("lets a guest reach a visitor for as long as the flow lives and from the visited port only", async () => {
    using shore = new Shore();
    const socket = shore.network.bindUdp(ipv4("127.0.0.1", 53), { udp });
    const other = shore.network.bindUdp(ipv4("127.0.0.1", 54), { udp });
    const { flow } = openFlow(shore, VISITOR);
    flow.send(Buffer.from("question"));
    await receive(socket);
    assert.equal(socket.hasVisitor?.(VISITOR), true);
    assert.equal(other.hasVisitor?.(VISITOR), false);
    assert.throws(() => other.send(Buffer.from("?"), VISITOR), { code: "remote-unreachable" });
    flow[Symbol.dispose]();
    await until(() => socket.hasVisitor?.(VISITOR) === false);
    assert.throws(() => socket.send(Buffer.from("?"), VISITOR), { code: "remote-unreachable" });
    assert.equal(flow.send(Buffer.from("late")), false);
  });

  it("finds whoever has the port when a datagram comes, also after a restart", async () => {
    using shore = new Shore();
    const { flow } = openFlow(shore, VISITOR);
    flow.send(Buffer.from("lost"));
    await nextTurn();
    await nextTurn();
    const first = shore.network.bindUdp(ipv4("127.0.0.1", 53), { udp });
    flow.send(Buffer.from("one"));
    assert.equal(Buffer.from((await receive(first)).data).toString(), "one");
    first[Symbol.dispose]();
    const second = shore.network.bindUdp(ipv6("::1", 53), { udp });
    flow.send(Buffer.from("two"));
    const { data, remote } = await receive(second);
    assert.equal(Buffer.from(data).toString(), "two");
    assert.equal(remote.family, "ipv6");
  });

  it("drops what exceeds the window, and takes more once that was handled", async () => {
    using shore = new Shore();
    shore.network.bindUdp(ipv4("127.0.0.1", 53), { udp });
    const { flow } = openFlow(shore, VISITOR);
    const bytes = new Uint8Array(50_000);
    let taken = 0;
    while (flow.send(bytes)) taken += 1;
    assert.ok(taken * bytes.length <= FLOW_WINDOW);
    await until(() => flow.send(bytes));
  });

  it("bounds datagrams without bytes too", () => {
    using shore = new Shore();
    const { flow } = openFlow(shore, VISITOR);
    let taken = 0;
    while (flow.send(new Uint8Array())) taken += 1;
    assert.equal(taken, FLOW_WINDOW / 1024);
  });

  for (const size of [100, 1472]) {
    it(`takes 500 datagrams of ${size} bytes at once`, () => {
      using shore = new Shore();
      const { flow } = openFlow(shore, VISITOR);
      const bytes = new Uint8Array(size);
      for (let count = 0; count < 500; count += 1) assert.equal(flow.send(bytes), true);
    });
  }

  it("ends when the quota has no place for the visitor", async () => {
    const quota = new HostQuota({});
    using shore = new Shore({ quota: new SharedQuota(quota.admit({ socket: 1 }).seat) });
    const first = openFlow(shore, VISITOR);
    const second = openFlow(shore, ipv4("203.0.113.8", 1));
    const failure = await second.closed;
    assert.ok(failure instanceof SocketError);
    assert.equal(failure.code, "new-socket-limit");
    first.flow[Symbol.dispose]();
    await until(() => quota.used("socket") === 0);
    assert.equal(shore.wayIn.active, 0);
  });

  it("ends with the network and with the cell", async () => {
    using shore = new Shore();
    const first = openFlow(shore, VISITOR);
    await nextTurn();
    shore.network[Symbol.dispose]();
    await first.closed;
    const second = openFlow(shore, VISITOR);
    await second.closed;
    const third = openFlow(shore, VISITOR);
    shore.cell[Symbol.dispose]();
    await third.closed;
    assert.throws(() => openFlow(shore, VISITOR), { code: "connection-refused" });
    first.flow[Symbol.dispose]();
  });
});

function openFlow(
  shore: Shore,
  remote: SocketAddress,
): { flow: DatagramFlow; received: string[]; closed: Promise<Error | undefined> } {
  const received: string[] = [];
  const { promise: closed, resolve } = Promise.withResolvers<Error | undefined>();
  const flow = shore.wayIn.openFlow(53, {
    remote,
    onDatagram: (bytes) => received.push(Buffer.from(bytes).toString()),
    onClose: resolve,
  });
  return { flow, received, closed };
}

async function receive(socket: UdpSocket): Promise<Datagram> {
  await until(() => socket.pending > 0);
  const datagram = socket.receive();
  assert.ok(datagram);
  return datagram;
}
