import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { SocketError } from "../../../host/network/error.ts";
import { at, codeOf, IPV4, IPV6, type Loopback } from "../network/support.ts";
import { type CreateUdpNetwork, failureCode, open, receiveText, send } from "./support.ts";

export function describeUdpBind(createNetwork: CreateUdpNetwork, loopback: Loopback): void {
  describe("bind", () => {
    it("picks an ephemeral port where none is named, another one each time", () => {
      using network = createNetwork();
      const ports = Array.from({ length: 20 }, () => open(network, loopback).local.port);
      assert.equal(new Set(ports).size, 20);
      assert.ok(ports.every((port) => port >= 49_152));
      assert.equal(network.udpSockets, 20);
    });

    it("is at the address it asked for and connected to nobody", () => {
      using network = createNetwork();
      const free = open(network, loopback);
      free[Symbol.dispose]();
      const socket = open(network, loopback, { port: free.local.port });
      assert.equal(socket.local.port, free.local.port);
      assert.equal(socket.local.address, loopback.address);
      assert.equal(socket.local.family, loopback.family);
      assert.equal(socket.remote, undefined);
    });

    it("says address-in-use while another socket has the port, and not once that is closed", () => {
      using network = createNetwork();
      const first = open(network, loopback);
      const act = () => network.bindUdp(first.local, { udp: OPTIONS });
      assert.equal(failureCode(act), "address-in-use");
      first[Symbol.dispose]();
      assert.equal(failureCode(act), undefined);
    });

    it("says address-not-bindable for an address that is not here", () => {
      using network = createNetwork();
      const outside = { ...loopback, address: loopback === IPV4 ? "192.0.2.1" : "2001:db8::1" };
      assert.equal(
        failureCode(() => open(network, outside)),
        "address-not-bindable",
      );
      assert.equal(network.udpSockets, 0);
    });

    it("shares no port with TCP", async () => {
      using network = createNetwork();
      // On a real machine, a connection of somebody else may have the port of one of them.
      const codes = await Promise.all(
        [1, 2, 3].map(() => codeOf(() => network.bind(open(network, loopback).local))),
      );
      assert.ok(codes.includes(undefined), codes.join());
    });

    it("never frees the next owner's port when closed twice", async () => {
      using network = createNetwork();
      const first = open(network, loopback);
      first[Symbol.dispose]();
      const next = open(network, loopback, { port: first.local.port });
      first[Symbol.dispose]();
      assert.equal(network.udpSockets, 1);
      await send(next, "to myself", next.local);
      assert.equal(await receiveText(next), "to myself");
    });

    it("takes options of any size", async () => {
      using network = createNetwork();
      for (const size of [0, 1, -1, Number.NaN, 1e12]) {
        const options = { receiveBufferSize: size, sendBufferSize: size, hopLimit: size };
        const socket = open(network, loopback, { udp: options });
        socket.configure(options);
        await send(socket, "x".repeat(2000), socket.local);
        assert.equal((await receiveText(socket)).length, 2000);
      }
    });

    it("closes every socket with the network, and opens none after that", () => {
      const network = createNetwork();
      const socket = open(network, loopback);
      let calls = 0;
      socket.whenReadable.add(() => (calls += 1));
      socket.whenWritable.add(() => (calls += 1));
      network[Symbol.dispose]();
      assert.equal(calls, 2);
      assert.equal(network.udpSockets, 0);
      assert.ok(socket.failure instanceof SocketError);
      for (const act of [
        () => open(network, loopback),
        () => socket.receive(),
        () => socket.receive(),
        () => socket.send(new Uint8Array(1), at(loopback, 9)),
        () => socket.connect(at(loopback, 9)),
      ]) {
        assert.equal(failureCode(act), "invalid-state");
      }
      socket.disconnect();
      socket.configure(OPTIONS);
    });
  });
}

export function describeUdpBindAcross(createNetwork: CreateUdpNetwork): void {
  it("keeps the ports of IPv4 and IPv6 apart", async () => {
    using network = createNetwork();
    const ipv4 = open(network, IPV4);
    const ipv6 = open(network, IPV6, { port: ipv4.local.port });
    await send(ipv4, "four", ipv4.local);
    await send(ipv6, "six", ipv6.local);
    assert.equal(await receiveText(ipv6), "six");
    assert.equal(await receiveText(ipv4), "four");
  });

  it("refuses addresses of the other family", () => {
    using network = createNetwork();
    const socket = open(network, IPV4);
    const remote = at(IPV6, 9);
    assert.equal(
      failureCode(() => socket.send(new Uint8Array(1), remote)),
      "invalid-argument",
    );
    assert.equal(
      failureCode(() => socket.connect(remote)),
      "invalid-argument",
    );
    assert.equal(socket.remote, undefined);
  });
}

const OPTIONS = { receiveBufferSize: 4096, sendBufferSize: 4096, hopLimit: 64 };
