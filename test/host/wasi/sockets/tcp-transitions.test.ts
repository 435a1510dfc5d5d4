import assert from "node:assert/strict";
import { SocketAddress } from "node:net";
import { describe, it } from "mocha";
import { SocketError } from "../../../../host/network/error.ts";
import { ipv4, outcome, PendingNetwork, SocketGuest } from "./support.ts";

describe("TcpSocket transitions", () => {
  it("binds and listens without waiting where the network answers at once", () => {
    using owner = new SocketGuest();
    const socket = owner.socket();
    socket.startBind(owner.network, ipv4(7777));
    assert.equal(socket.endpoint.state.tag, "bind-started");
    assert.equal(socket.subscribe().ready(), true);
    socket.finishBind();
    socket.startListen();
    socket.finishListen();
    assert.deepEqual(socket.localAddress(), ipv4(7777));
    assert.equal(socket.isListening(), true);
  });

  it("wakes who waits for a bind, a listen and a connect that take their time", async () => {
    const network = new PendingNetwork();
    using owner = new SocketGuest({ network });
    const socket = owner.socket();
    socket.startBind(owner.network, ipv4(7777));
    const bound = socket.subscribe().block();
    network.binds[0]?.resolve({
      local: new SocketAddress({ address: "127.0.0.1", port: 7777 }),
      [Symbol.dispose]() {},
    });
    await bound;
    socket.finishBind();
    socket.startListen();
    const listening = socket.subscribe().block();
    network.listens[0]?.reject(new SocketError("address-in-use", "taken meanwhile"));
    await listening;
    assert.equal(
      outcome(() => socket.finishListen()),
      "address-in-use",
    );
    assert.equal(socket.endpoint.state.tag, "closed");
  });

  it("may bind again after a bind that failed", () => {
    using owner = new SocketGuest();
    const first = owner.listen();
    const second = owner.socket();
    second.startBind(owner.network, first.localAddress());
    assert.equal(
      outcome(() => second.finishBind()),
      "address-in-use",
    );
    assert.equal(second.endpoint.state.tag, "unbound");
    second.startBind(owner.network, ipv4(0));
    second.finishBind();
    assert.equal(second.endpoint.state.tag, "bound");
  });

  it("is closed by a connect that failed, whether at its start or at its end", async () => {
    using owner = new SocketGuest();
    const atStart = owner.bind();
    assert.equal(
      outcome(() => atStart.startConnect(owner.network, ipv4(80, [10, 0, 0, 1]))),
      "access-denied",
    );
    assert.equal(atStart.endpoint.state.tag, "closed");
    const atEnd = owner.socket();
    atEnd.startConnect(owner.network, ipv4(80));
    await atEnd.subscribe().block();
    assert.equal(
      outcome(() => atEnd.finishConnect()),
      "connection-refused",
    );
    assert.equal(atEnd.endpoint.state.tag, "closed");
  });
});
