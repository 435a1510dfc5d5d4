import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { isSame } from "../../../host/network/socket-address.ts";
import { at, type Loopback, turn, until } from "../network/support.ts";
import { type CreateUdpNetwork, failureCode, open, receiveText, send } from "./support.ts";

export function describeUdpConnect(createNetwork: CreateUdpNetwork, loopback: Loopback): void {
  describe("connect", () => {
    it("sends to its peer without an address, and to nobody else", async () => {
      using network = createNetwork();
      const socket = open(network, loopback);
      const peer = open(network, loopback);
      const stranger = open(network, loopback);
      socket.connect(peer.local);
      assert.ok(socket.remote !== undefined && isSame(socket.remote, peer.local));
      await send(socket, "one");
      await send(socket, "two", at(loopback, peer.local.port));
      assert.equal(await receiveText(peer), "one");
      assert.equal(await receiveText(peer), "two");
      assert.equal(
        failureCode(() => socket.send(new Uint8Array(1), stranger.local)),
        "invalid-argument",
      );
    });

    it("receives from its peer only", async () => {
      using network = createNetwork();
      const socket = open(network, loopback);
      const peer = open(network, loopback);
      const stranger = open(network, loopback);
      socket.connect(peer.local);
      await send(stranger, "strange", socket.local);
      await send(peer, "familiar", socket.local);
      assert.equal(await receiveText(socket), "familiar");
      assert.equal(socket.pending, 0);
    });

    it("drops what strangers sent before it was connected, and keeps what the peer sent", async () => {
      using network = createNetwork();
      const socket = open(network, loopback);
      const peer = open(network, loopback);
      const stranger = open(network, loopback);
      for (const sender of [stranger, peer, stranger, peer, stranger]) {
        await send(sender, sender === peer ? "familiar" : "strange", socket.local);
      }
      await until(socket.whenReadable, () => socket.pending > 0);
      socket.connect(peer.local);
      assert.equal(await receiveText(socket), "familiar");
      assert.equal(await receiveText(socket), "familiar");
      assert.equal(socket.pending, 0);
      while (socket.dropped < 3) await turn();
      assert.equal(socket.dropped, 3);
    });

    it("changes its peer, and has none any more when disconnected; the port stays", async () => {
      using network = createNetwork();
      const socket = open(network, loopback);
      const { port } = socket.local;
      const [first, second] = [open(network, loopback), open(network, loopback)];
      socket.connect(first.local);
      socket.connect(second.local);
      await send(socket, "to the second");
      assert.equal(await receiveText(second), "to the second");
      socket.disconnect();
      socket.disconnect();
      assert.equal(socket.remote, undefined);
      assert.equal(socket.local.port, port);
      assert.equal(
        failureCode(() => socket.send(new Uint8Array(1))),
        "invalid-argument",
      );
      await send(first, "back", socket.local);
      assert.equal(await receiveText(socket), "back");
      await send(socket, "to the first", first.local);
      assert.equal(await receiveText(first), "to the first");
    });

    it("refuses port 0", () => {
      using network = createNetwork();
      const socket = open(network, loopback);
      assert.equal(
        failureCode(() => socket.connect(at(loopback, 0))),
        "invalid-argument",
      );
      assert.equal(socket.remote, undefined);
    });
  });

  describe("a socket that admits replies only", () => {
    it("drops what comes from where it never sent to, and counts it", async () => {
      using network = createNetwork();
      const socket = open(network, loopback, { admit: "replies" });
      const [peer, stranger] = [open(network, loopback), open(network, loopback)];
      await send(peer, "too early", socket.local);
      while (socket.dropped === 0) await turn();
      await send(socket, "hello", peer.local);
      assert.equal(await receiveText(peer), "hello");
      await send(stranger, "strange", socket.local);
      await send(peer, "a reply", socket.local);
      assert.equal(await receiveText(socket), "a reply");
      assert.equal(socket.dropped, 2);
      await send(socket, "hello, stranger", stranger.local);
      await send(stranger, "another reply", socket.local);
      assert.equal(await receiveText(socket), "another reply");
    });

    it("receives from the peer it is connected to, sent to or not", async () => {
      using network = createNetwork();
      const socket = open(network, loopback, { admit: "replies" });
      const peer = open(network, loopback);
      socket.connect(peer.local);
      await send(peer, "unasked", socket.local);
      assert.equal(await receiveText(socket), "unasked");
    });
  });
}
