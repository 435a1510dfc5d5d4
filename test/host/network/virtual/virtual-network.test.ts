import assert from "node:assert/strict";
import { getEventListeners } from "node:events";
import { describe, it } from "mocha";
import type { Connection, Listener } from "../../../../host/network/network.ts";
import { TCP_OPTIONS_DEFAULT as tcp } from "../../../../host/network/tcp-options.ts";
import { VirtualNetwork } from "../../../../host/network/virtual/virtual-network.ts";
import {
  at,
  codeOf,
  IPV4,
  IPV6,
  link,
  listenOn,
  pseudoRandomBytes,
  readToEnd,
  turn,
  writeAll,
} from "../../../contract/network/support.ts";
import { describeNetworkContract } from "../../../contract/network.ts";

describeNetworkContract("VirtualNetwork", (options) => new VirtualNetwork(options));

describe("VirtualNetwork", () => {
  it("binds and listens at once, without a promise", () => {
    using network = new VirtualNetwork();
    using listener = network.listen(network.bind(at(IPV4, 7777)), { backlog: 1, tcp });
    assert.equal(listener.local.port, 7777);
  });

  it("knows nothing of another network's ports", async () => {
    using one = new VirtualNetwork();
    using two = new VirtualNetwork();
    await listenOn(one, IPV4, { port: 7777 });
    const act = () => two.connect(at(IPV4, 7777), { tcp });
    assert.equal(await codeOf(act), "connection-refused");
    using listener = await listenOn(two, IPV4, { port: 7777 });
    assert.equal(await codeOf(() => two.connect(listener.local, { tcp })), undefined);
  });

  it("tells the addresses of one port apart when connecting", async () => {
    using network = new VirtualNetwork();
    await listenOn(network, IPV4, { port: 7777 });
    for (const remote of [at({ ...IPV4, address: "127.0.0.2" }, 7777), at(IPV6, 7777)]) {
      assert.equal(await codeOf(() => network.connect(remote, { tcp })), "connection-refused");
    }
    assert.equal(network.reservations, 1);
  });

  it("reaches nothing outside of loopback", async () => {
    using network = new VirtualNetwork();
    for (const remote of [
      at({ ...IPV4, address: "192.0.2.1" }, 80),
      at({ ...IPV4, address: "0.0.0.0" }, 80),
      at({ ...IPV6, address: "2001:db8::1" }, 80),
      at({ ...IPV6, address: "::ffff:127.0.0.1" }, 80),
    ]) {
      assert.equal(await codeOf(() => network.connect(remote, { tcp })), "remote-unreachable");
    }
    assert.equal(network.reservations, 0);
  });

  it("says address-in-use when no ephemeral port is left for a client", async () => {
    using network = new VirtualNetwork();
    using listener = await listenOn(network, IPV6, { port: 7777 });
    for (let port = 49_152; port <= 65_535; port += 1) network.bind(at(IPV6, port));
    const act = () => network.connect(listener.local, { tcp });
    assert.equal(await codeOf(act), "address-in-use");
  });

  it("frees a client's port when its end is closed, whatever the server does with the other", async () => {
    using network = new VirtualNetwork();
    for (const act of ["dispose", "reset"] as const) {
      using linked = await link(network, IPV4);
      const before = network.reservations;
      if (act === "dispose") linked.client[Symbol.dispose]();
      else linked.client.reset();
      assert.equal(network.reservations, before - 1);
    }
    assert.equal(network.reservations, 0);
  });

  it("opens no operating-system socket", async () => {
    await turn(); // mocha starts its own timer once the test has returned its promise
    const before = process.getActiveResourcesInfo();
    using network = new VirtualNetwork();
    for (const loopback of [IPV4, IPV6]) {
      const { client, server } = await link(network, loopback);
      const bytes = pseudoRandomBytes(500_000, 1);
      const received = readToEnd(server.source);
      await writeAll(client.sink, bytes);
      client.sink.end();
      assert.ok((await received).equals(bytes));
      assert.deepEqual(process.getActiveResourcesInfo(), before);
    }
  });
});

describe("VirtualNetwork, with a full backlog", () => {
  it("lets clients wait and admits them in order, one for each that is accepted", async () => {
    using network = new VirtualNetwork();
    const listener = await listenOn(network, IPV4, { backlog: 1 });
    const order: number[] = [];
    const clients = [0, 1, 2, 3].map(async (index) => {
      const client = await network.connect(listener.local, { tcp });
      order.push(index);
      return client;
    });
    await turn();
    assert.deepEqual(order, [0]);
    for (let count = 1; count <= 4; count += 1) {
      assert.equal(listener.pending, 1);
      listener.accept();
      await turn();
      assert.equal(order.length, Math.min(count + 1, 4));
    }
    assert.deepEqual(order, [0, 1, 2, 3]);
    await Promise.all(clients);
  });

  it("admits as many as a longer backlog takes", async () => {
    using network = new VirtualNetwork();
    const listener = await listenOn(network, IPV4, { backlog: 1 });
    const clients = connectMany(network, listener, 4);
    await turn();
    assert.equal(listener.pending, 1);
    listener.setBacklog(3);
    assert.equal(listener.pending, 3);
    listener.setBacklog(4);
    await Promise.all(clients);
    assert.equal(listener.pending, 4);
  });

  it("refuses those who wait when the listener is closed, and keeps none of their ports", async () => {
    using network = new VirtualNetwork();
    const listener = await listenOn(network, IPV4, { backlog: 1 });
    const [first, ...waiting] = connectMany(network, listener, 3);
    await first;
    assert.equal(network.reservations, 4);
    listener[Symbol.dispose]();
    for (const client of waiting) assert.equal(await codeOf(() => client), "connection-refused");
    assert.equal(network.listeners, 0);
    assert.equal(network.reservations, 1, "the first client still has its end");
    assert.equal(network.connections, 1);
  });

  it("refuses those who wait when the network is disposed", async () => {
    const network = new VirtualNetwork();
    const listener = await listenOn(network, IPV4, { backlog: 1 });
    const [first, second] = connectMany(network, listener, 2);
    await first;
    network[Symbol.dispose]();
    assert.equal(await codeOf(() => second ?? listener), "connection-refused");
    assert.equal(network.reservations, 0);
  });

  it("gives up on time-out, frees the port and lets the next one in", async () => {
    using network = new VirtualNetwork({ connectTimeout: 5 });
    const listener = await listenOn(network, IPV4, { backlog: 1 });
    const [first, second] = connectMany(network, listener, 2);
    await first;
    assert.equal(await codeOf(() => second ?? listener), "timeout");
    assert.equal(network.reservations, 2);
    listener.accept();
    assert.equal(await codeOf(() => network.connect(listener.local, { tcp })), undefined);
  });

  it("gives up when aborted, with the reason, and forgets the signal", async () => {
    using network = new VirtualNetwork();
    const listener = await listenOn(network, IPV4, { backlog: 1 });
    await network.connect(listener.local, { tcp });
    const controller = new AbortController();
    const reason = new Error("no longer needed");
    const aborted = network.connect(listener.local, { tcp, signal: controller.signal });
    const patient = network.connect(listener.local, { tcp });
    controller.abort(reason);
    await assert.rejects(aborted, reason);
    assert.deepEqual(getEventListeners(controller.signal, "abort"), []);
    assert.equal(network.reservations, 3);
    listener.accept();
    const client = await patient;
    assert.equal(listener.accept()?.remote.port, client.local.port);
    assert.equal(listener.accept(), undefined);
  });

  it("keeps no timer for clients that no longer wait", async () => {
    await turn(); // mocha starts its own timer once the test has returned its promise
    const before = process.getActiveResourcesInfo();
    using network = new VirtualNetwork();
    const listener = await listenOn(network, IPV4, { backlog: 1 });
    const clients = connectMany(network, listener, 3);
    for (const _ of clients) listener.accept();
    await Promise.all(clients);
    assert.deepEqual(process.getActiveResourcesInfo(), before);
  });

  it("does not let a newcomer overtake those who wait", async () => {
    using network = new VirtualNetwork();
    const listener = await listenOn(network, IPV4, { backlog: 1 });
    const clients = connectMany(network, listener, 3);
    listener.accept();
    clients.push(network.connect(listener.local, { tcp }));
    const ports: (number | undefined)[] = [];
    for (let count = 0; count < 3; count += 1) ports.push(listener.accept()?.remote.port);
    const connected = await Promise.all(clients);
    assert.deepEqual(
      ports,
      connected.slice(1).map(({ local }) => local.port),
    );
  });
});

function connectMany(
  network: VirtualNetwork,
  listener: Listener,
  count: number,
): Promise<Connection>[] {
  return Array.from({ length: count }, () => network.connect(listener.local, { tcp }));
}
