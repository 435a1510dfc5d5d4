import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { VirtualNetwork } from "../../../../host/network/virtual/virtual-network.ts";
import { at, IPV4 } from "../../../contract/network/support.ts";
import { describeUdpContract } from "../../../contract/udp.ts";
import { failureCode, open } from "../../../contract/udp/support.ts";

describeUdpContract("VirtualNetwork", () => new VirtualNetwork());

describe("VirtualUdpSocket", () => {
  it("delivers before send returns", () => {
    using network = new VirtualNetwork();
    const [client, server] = [open(network, IPV4), open(network, IPV4)];
    client.send(Buffer.from("now"), server.local);
    assert.equal(Buffer.from(server.receive()?.data ?? []).toString(), "now");
    assert.equal(network.lostDatagrams, 0);
  });

  it("knows nothing of another network's sockets", () => {
    using network = new VirtualNetwork();
    using other = new VirtualNetwork();
    const socket = open(network, IPV4);
    const namesake = open(other, IPV4, { port: socket.local.port });
    const sender = open(other, IPV4);
    sender.send(Buffer.from("x"), namesake.local);
    assert.equal(socket.pending, 0);
    assert.equal(namesake.pending, 1);
  });

  it("loses what is sent to where nobody is, and the network counts it", () => {
    using network = new VirtualNetwork();
    const [client, server] = [open(network, IPV4), open(network, IPV4)];
    server[Symbol.dispose]();
    client.send(new Uint8Array(1), server.local);
    client.connect(at(IPV4, 7));
    client.send(new Uint8Array(1));
    client.send(new Uint8Array(1));
    assert.equal(network.lostDatagrams, 3);
    assert.equal(client.failure, undefined);
    assert.equal(client.receive(), undefined);
  });

  it("counts at the receiver what comes from strangers", () => {
    using network = new VirtualNetwork();
    const [socket, peer, stranger] = [
      open(network, IPV4),
      open(network, IPV4),
      open(network, IPV4),
    ];
    socket.connect(peer.local);
    stranger.send(new Uint8Array(1), socket.local);
    assert.equal(socket.dropped, 1);
    assert.equal(network.lostDatagrams, 0);
  });

  it("reaches nothing outside of loopback", () => {
    using network = new VirtualNetwork();
    const socket = open(network, IPV4);
    const outside = at({ address: "192.0.2.1", family: "ipv4" }, 53);
    for (const act of [
      () => socket.send(new Uint8Array(1), outside),
      () => socket.connect(outside),
    ]) {
      assert.equal(failureCode(act), "remote-unreachable");
    }
    assert.equal(socket.remote, undefined);
  });

  it("opens no operating-system socket", () => {
    const before = process.getActiveResourcesInfo();
    using network = new VirtualNetwork();
    const socket = open(network, IPV4);
    socket.send(new Uint8Array(1), socket.local);
    assert.deepEqual(process.getActiveResourcesInfo(), before);
  });

  it("says address-in-use when no ephemeral port is left", () => {
    using network = new VirtualNetwork();
    for (let count = 0; count < 16_384; count += 1) open(network, IPV4);
    assert.equal(
      failureCode(() => open(network, IPV4)),
      "address-in-use",
    );
    assert.equal(network.udpSockets, 16_384);
  });
});
