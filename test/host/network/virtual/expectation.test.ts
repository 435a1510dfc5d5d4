import assert from "node:assert/strict";
import { getEventListeners } from "node:events";
import { describe, it } from "mocha";
import type { Connection } from "../../../../host/network/network.ts";
import { TCP_OPTIONS_DEFAULT as tcp } from "../../../../host/network/tcp-options.ts";
import { VirtualNetwork } from "../../../../host/network/virtual/virtual-network.ts";
import { at, codeOf, IPV4, IPV6, listenOn, turn } from "../../../contract/network/support.ts";
import { RecordingQuota } from "../support.ts";

const FOREVER = 60_000;

describe("VirtualNetwork, while a listener is expected", () => {
  it("lets a connect wait for the listener at its own address, and for no other", async () => {
    using network = new VirtualNetwork();
    using _ = network.expectListener(FOREVER);
    const waiting = [dial(network, 80), dial(network, 80)];
    const elsewhere = dial(network, 81);
    await turn();
    const other = await listenOn(network, IPV6, { port: 80 });
    await turn();
    assert.equal(other.pending, 0);
    const listener = await listenOn(network, IPV4, { port: 80 });
    assert.equal(listener.pending, 2);
    const ports = (await Promise.all(waiting)).map(({ local }) => local.port);
    assert.deepEqual([listener.accept()?.remote.port, listener.accept()?.remote.port], ports);
    const late = await listenOn(network, IPV4, { port: 81 });
    assert.equal((await elsewhere).remote.port, late.local.port);
  });

  it("refuses at once whoever is expected to listen itself", async () => {
    using network = new VirtualNetwork();
    using _ = network.expectListener(FOREVER);
    const own = network.connect(at(IPV4, 80), { tcp, awaitsListener: false });
    assert.equal(await codeOf(() => own), "connection-refused");
    assert.equal(network.reservations, 0);
  });

  it("refuses who waits when the expectation ends, and everybody after that", async () => {
    using network = new VirtualNetwork();
    const expectation = network.expectListener(FOREVER);
    const waiting = [80, 80, 81].map((port) => codeOf(() => dial(network, port)));
    await turn();
    assert.equal(network.reservations, 3);
    expectation[Symbol.dispose]();
    expectation[Symbol.dispose]();
    assert.deepEqual(await Promise.all(waiting), Array(3).fill("connection-refused"));
    assert.equal(await codeOf(() => dial(network, 80)), "connection-refused");
    assert.equal(network.reservations, 0);
  });

  it("refuses who waits when the deadline is over", async () => {
    using network = new VirtualNetwork();
    network.expectListener(5);
    assert.equal(await codeOf(() => dial(network, 80)), "connection-refused");
    assert.equal(network.reservations, 0);
  });

  it("goes on as long as one of several expectations does", async () => {
    using network = new VirtualNetwork();
    const [first, second] = [network.expectListener(FOREVER), network.expectListener(FOREVER)];
    const waiting = codeOf(() => dial(network, 80));
    first[Symbol.dispose]();
    first[Symbol.dispose]();
    const patient = dial(network, 81);
    await listenOn(network, IPV4, { port: 81 });
    await patient;
    second[Symbol.dispose]();
    assert.equal(await waiting, "connection-refused");
  });

  it("refuses who waits when the network is disposed, and keeps no timer", async () => {
    await turn();
    const before = process.getActiveResourcesInfo();
    const network = new VirtualNetwork();
    network.expectListener(FOREVER);
    const waiting = codeOf(() => dial(network, 80));
    network[Symbol.dispose]();
    assert.equal(await waiting, "connection-refused");
    assert.equal(network.reservations, 0);
    assert.deepEqual(process.getActiveResourcesInfo(), before);
    assert.throws(() => network.expectListener(FOREVER), { code: "invalid-state" });
  });

  it("forgets a connect that was aborted, with its port and its signal", async () => {
    const quota = new RecordingQuota({});
    using network = new VirtualNetwork({ quota });
    using _ = network.expectListener(FOREVER);
    const controller = new AbortController();
    const reason = new Error("no longer needed");
    const aborted = network.connect(at(IPV4, 80), { tcp, signal: controller.signal });
    const patient = dial(network, 80);
    assert.deepEqual(quota.usage, { socket: 2, connection: 4 });
    controller.abort(reason);
    await assert.rejects(aborted, reason);
    assert.deepEqual(getEventListeners(controller.signal, "abort"), []);
    assert.deepEqual(quota.usage, { socket: 1, connection: 2 });
    const listener = await listenOn(network, IPV4, { port: 80 });
    assert.equal(listener.pending, 1);
    await patient;
  });

  it("gives up after the connect's own time, however long listeners are expected", async () => {
    using network = new VirtualNetwork({ connectTimeout: 5 });
    using _ = network.expectListener(FOREVER);
    assert.equal(await codeOf(() => dial(network, 80)), "timeout");
  });

  it("lets who waited wait on where the backlog of the new listener is full", async () => {
    using network = new VirtualNetwork();
    using _ = network.expectListener(FOREVER);
    const waiting = [dial(network, 80), dial(network, 80), dial(network, 80)];
    const listener = await listenOn(network, IPV4, { port: 80, backlog: 1 });
    for (const client of waiting) {
      const { local } = await client;
      assert.equal(listener.accept()?.remote.port, local.port);
    }
  });

  it("reaches nothing outside of loopback all the same", async () => {
    using network = new VirtualNetwork();
    using _ = network.expectListener(FOREVER);
    const outside = at({ address: "192.0.2.1", family: "ipv4" }, 80);
    assert.equal(await codeOf(() => network.connect(outside, { tcp })), "remote-unreachable");
  });
});

function dial(network: VirtualNetwork, port: number): Promise<Connection> {
  return network.connect(at(IPV4, port), { tcp });
}
