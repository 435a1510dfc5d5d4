import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { toText } from "../../../host/network/socket-address.ts";
import {
  DATAGRAM_MAX_IPV4,
  DATAGRAM_MAX_IPV6,
  DATAGRAMS_MAX,
} from "../../../host/network/udp-options.ts";
import { at, IPV4, type Loopback, pseudoRandomBytes, turn } from "../network/support.ts";
import { type CreateUdpNetwork, failureCode, open, receive, receiveText, send } from "./support.ts";

export function describeUdpTransfer(createNetwork: CreateUdpNetwork, loopback: Loopback): void {
  const largest = loopback === IPV4 ? DATAGRAM_MAX_IPV4 : DATAGRAM_MAX_IPV6;

  describe("transfer", () => {
    it("carries a datagram and says where it came from, so that it can be answered", async () => {
      using network = createNetwork();
      const client = open(network, loopback);
      const server = open(network, loopback);
      await send(client, "ping", server.local);
      const { data, remote } = await receive(server);
      assert.equal(Buffer.from(data).toString(), "ping");
      assert.equal(toText(remote), toText(client.local));
      await send(server, "pong", remote);
      assert.equal(await receiveText(client), "pong");
    });

    it("keeps datagrams apart and in order, whatever their sizes", async () => {
      using network = createNetwork();
      const client = open(network, loopback);
      const server = open(network, loopback);
      const sizes = [0, 1, 100, 0, 1400, 5000, 0, 33];
      for (const size of sizes) await send(client, pseudoRandomBytes(size, size), server.local);
      for (const size of sizes) {
        const { data } = await receive(server);
        assert.ok(pseudoRandomBytes(size, size).equals(data), `${size} bytes`);
      }
      assert.equal(server.receive(), undefined);
      assert.equal(server.pending, 0);
    });

    it(`carries ${largest} bytes and not one more`, async () => {
      using network = createNetwork();
      const socket = open(network, loopback);
      const bytes = pseudoRandomBytes(largest + 1, 3);
      assert.equal(
        failureCode(() => socket.send(bytes, socket.local)),
        "datagram-too-large",
      );
      await send(socket, bytes.subarray(0, largest), socket.local);
      assert.ok(bytes.subarray(0, largest).equals((await receive(socket)).data));
      assert.equal(socket.pending, 0);
    });

    it("copies what is sent and what is received", async () => {
      using network = createNetwork();
      const socket = open(network, loopback);
      const bytes = Buffer.from("before");
      for (let count = 0; count < 2; count += 1) {
        socket.send(bytes, socket.local);
        bytes.fill("x");
      }
      const first = await receive(socket);
      assert.equal(Buffer.from(first.data).toString(), "before");
      first.data.fill(0);
      assert.equal(await receiveText(socket), "xxxxxx");
    });

    it("sends to where nobody is without an error", async () => {
      using network = createNetwork();
      const gone = open(network, loopback);
      gone[Symbol.dispose]();
      const socket = open(network, loopback);
      for (let count = 0; count < 3; count += 1) {
        await send(socket, "anybody?", gone.local);
        await turn();
      }
      await send(socket, "me", socket.local);
      assert.equal(await receiveText(socket), "me");
    });

    it("says invalid-argument without an address and for port 0", () => {
      using network = createNetwork();
      const socket = open(network, loopback);
      for (const remote of [undefined, at(loopback, 0)]) {
        assert.equal(
          failureCode(() => socket.send(new Uint8Array(1), remote)),
          "invalid-argument",
        );
      }
    });

    it("tells who waits for a datagram, once for each time", async () => {
      using network = createNetwork();
      const socket = open(network, loopback);
      for (let count = 0; count < 3; count += 1) {
        const { promise, resolve } = Promise.withResolvers<void>();
        socket.whenReadable.add(resolve);
        await send(socket, String(count), socket.local);
        await promise;
        assert.equal(await receiveText(socket), String(count));
      }
    });

    it("drops what finds no room, counts it, and takes more when there is room again", async () => {
      using network = createNetwork();
      const client = open(network, loopback);
      const server = open(network, loopback);
      const count = DATAGRAMS_MAX + 300;
      for (let index = 0; index < count; index += 1) {
        await send(client, "x", server.local);
        if (index % 50 === 0) await turn();
      }
      while (server.pending + server.dropped < count) await turn();
      assert.equal(server.pending, DATAGRAMS_MAX);
      assert.equal(server.dropped, 300);
      while (server.receive() !== undefined);
      await send(client, "again", server.local);
      assert.equal(await receiveText(server), "again");
    });

    it("bounds the bytes that wait by the receive buffer", async () => {
      using network = createNetwork();
      const client = open(network, loopback);
      const server = open(network, loopback);
      const options = { receiveBufferSize: 10_000, sendBufferSize: 10_000, hopLimit: 64 };
      server.configure(options);
      for (let index = 0; index < 10; index += 1) {
        await send(client, Buffer.alloc(3000, index), server.local);
      }
      while (server.pending + server.dropped < 10) await turn();
      assert.equal(server.pending, 3);
      for (const value of [0, 1, 2]) assert.equal((await receive(server)).data[0], value);
      await send(client, Buffer.alloc(30_000, 7), server.local);
      assert.equal((await receive(server)).data.length, 30_000);
    });
  });
}
