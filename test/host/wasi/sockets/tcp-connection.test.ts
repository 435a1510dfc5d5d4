import assert from "node:assert/strict";
import { SocketAddress } from "node:net";
import { describe, it } from "mocha";
import { SocketError, type SocketErrorCode } from "../../../../host/network/error.ts";
import { VirtualNetwork } from "../../../../host/network/virtual/virtual-network.ts";
import { GuestError } from "../../../../host/wasi/guest-error.ts";
import type { IoError } from "../../../../host/wasi/io/error.ts";
import type { StreamError } from "../../../../host/wasi/io/stream-error.ts";
import { networkErrorCode, toErrorCodeIndex } from "../../../../host/wasi/sockets/error-code.ts";
import { SocketQuota } from "../../../../host/wasi/sockets/socket-quota.ts";
import type { TcpSocket } from "../../../../host/wasi/sockets/tcp-socket.ts";
import {
  countsOf,
  ipv4,
  ipv6,
  NOTHING_OPEN,
  outcome,
  PendingNetwork,
  SocketGuest,
} from "./support.ts";

const LOREM = Buffer.from("Lorem ipsum dolor sit amet");

describe("TcpSocket connections", () => {
  describe("data", () => {
    it("flows both ways and ends each way by itself", async () => {
      await withPair(async ({ client, server }) => {
        client.output.checkWrite();
        client.output.write(LOREM);
        client.socket.shutdown("send");
        assert.deepEqual(Buffer.from(server.input.read(100n)), LOREM);
        assert.equal(
          streamOutcome(() => server.input.read(1n)),
          "closed",
        );
        server.output.checkWrite();
        server.output.write(LOREM);
        assert.deepEqual(Buffer.from(client.input.read(100n)), LOREM);
        server.output[Symbol.dispose]();
        assert.equal(
          streamOutcome(() => client.input.read(1n)),
          "closed",
        );
      });
    });

    it("is discarded by shutdown of receiving, which closes the input stream at once", async () => {
      await withPair(async ({ client, server }) => {
        server.output.checkWrite();
        server.output.write(LOREM);
        client.socket.shutdown("receive");
        assert.equal(
          streamOutcome(() => client.input.read(10n)),
          "closed",
        );
        assert.equal(
          streamOutcome(() => client.input.read(0n)),
          "closed",
        );
      });
    });

    it("cannot be written after shutdown of sending", async () => {
      await withPair(async ({ client }) => {
        client.output.checkWrite();
        client.socket.shutdown("send");
        assert.equal(
          streamOutcome(() => client.output.write(LOREM)),
          "closed",
        );
        assert.equal(
          streamOutcome(() => client.output.checkWrite()),
          "closed",
        );
        assert.equal(
          streamOutcome(() => client.output.flush()),
          "closed",
        );
      });
    });

    it("is delivered although shutdown follows the write, and shutdown may be repeated", async () => {
      await withPair(async ({ client, server }) => {
        client.output.checkWrite();
        client.output.write(LOREM);
        for (const direction of ["send", "both", "both", "receive"] as const) {
          client.socket.shutdown(direction);
        }
        assert.deepEqual(Buffer.from(server.input.read(100n)), LOREM);
        assert.equal(client.socket.endpoint.state.tag, "connected");
      });
    });

    it("ends with connection-reset where the peer goes down with its guest", async () => {
      const network = new VirtualNetwork();
      using survivor = new SocketGuest({ network });
      const listener = survivor.listen();
      const peer = new SocketGuest({ network });
      await peer.connect(listener.localAddress());
      const [, input, output] = listener.accept();
      peer[Symbol.dispose]();
      const failed = streamFailure(() => input.read(1n));
      assert.equal(networkErrorCode(failed), "connection-reset");
      assert.equal(
        streamOutcome(() => input.read(1n)),
        "closed",
      );
      assert.equal(networkErrorCode(streamFailure(() => output.checkWrite())), "connection-reset");
      assert.equal(
        streamOutcome(() => output.checkWrite()),
        "closed",
      );
    });
  });

  describe("waiting", () => {
    it("wakes a listener once for each time that its queue was empty, and stays ready while one waits", async () => {
      using owner = new SocketGuest();
      const listener = owner.listen();
      const pollable = listener.subscribe();
      const woken = pollable.block();
      await owner.connect(listener.localAddress());
      await owner.connect(listener.localAddress());
      await woken;
      listener.accept();
      assert.equal(pollable.ready(), true);
      listener.accept();
      assert.equal(pollable.ready(), false);
      assert.equal(
        outcome(() => listener.accept()),
        "would-block",
      );
    });

    it("serves a whole life with a single pollable", async () => {
      using owner = new SocketGuest();
      const listener = owner.listen();
      const socket = owner.socket();
      const pollable = socket.subscribe();
      assert.equal(pollable.ready(), true);
      socket.startConnect(owner.network, listener.localAddress());
      assert.equal(pollable.ready(), false);
      await pollable.block();
      socket.finishConnect();
      assert.equal(pollable.ready(), true);
    });

    it("aborts a connect whose socket is dropped, and closes what comes too late", async () => {
      const network = new PendingNetwork();
      using owner = new SocketGuest({ network });
      const socket = owner.socket();
      socket.startConnect(owner.network, ipv4(80));
      socket[Symbol.dispose]();
      assert.equal(network.signals[0]?.aborted, true);
      const virtual = new VirtualNetwork();
      using other = new SocketGuest({ network: virtual });
      const late = await virtual.connect(
        new SocketAddress({ address: "127.0.0.1", port: portOf(other.listen()) }),
        { tcp: { keepAlive: false, keepAliveIdle: 1, receiveBufferSize: 1, sendBufferSize: 1 } },
      );
      network.connects[0]?.resolve(late);
      await new Promise(setImmediate);
      assert.equal(late.sink.closed, true);
    });
  });

  describe("errors of the network", () => {
    const codes: readonly SocketErrorCode[] = [
      "unknown",
      "timeout",
      "out-of-memory",
      "connection-refused",
      "connection-reset",
      "connection-aborted",
      "remote-unreachable",
      "address-in-use",
      "address-not-bindable",
    ];
    for (const code of codes) {
      it(`reach the guest as they are: ${code}`, async () => {
        const network = new PendingNetwork();
        using owner = new SocketGuest({ network });
        const [connecting, binding] = [owner.socket(), owner.socket()];
        connecting.startConnect(owner.network, ipv4(80));
        binding.startBind(owner.network, ipv4(80));
        network.connects[0]?.reject(new SocketError(code, "for a test"));
        network.binds[0]?.reject(new SocketError(code, "for a test"));
        await new Promise(setImmediate);
        assert.equal(
          outcome(() => connecting.finishConnect()),
          code,
        );
        assert.equal(
          outcome(() => binding.finishBind()),
          code,
        );
      });
    }

    it("trap the guest where they are bugs", async () => {
      const network = new PendingNetwork();
      using owner = new SocketGuest({ network });
      const socket = owner.socket();
      socket.startConnect(owner.network, ipv4(80));
      network.connects[0]?.reject(new TypeError("a bug"));
      await new Promise(setImmediate);
      assert.throws(() => socket.finishConnect(), { name: "TypeError", message: "a bug" });
    });

    it("have the numbers of WIT's enum", () => {
      assert.equal(toErrorCodeIndex("unknown"), 0);
      assert.equal(toErrorCodeIndex("would-block"), 8);
      assert.equal(toErrorCodeIndex("connection-refused"), 14);
      assert.equal(toErrorCodeIndex("permanent-resolver-failure"), 20);
    });
  });

  describe("limits", () => {
    it("answers new-socket-limit to one socket too many and takes it once another is dropped", async () => {
      using owner = new SocketGuest({}, new SocketQuota(3));
      const listener = owner.listen();
      const [client] = await owner.connect(listener.localAddress());
      const third = owner.socket();
      assert.throws(() => owner.socket(), { code: "new-socket-limit" });
      assert.equal(
        outcome(() => listener.accept()),
        "new-socket-limit",
      );
      third[Symbol.dispose]();
      const [server] = listener.accept();
      server[Symbol.dispose]();
      client[Symbol.dispose]();
      listener[Symbol.dispose]();
      assert.equal(owner.quota.used, 0);
    });
  });
});

interface End {
  readonly socket: TcpSocket;
  readonly input: ReturnType<TcpSocket["finishConnect"]>[0];
  readonly output: ReturnType<TcpSocket["finishConnect"]>[1];
}

async function withPair(act: (ends: { client: End; server: End }) => Promise<void>): Promise<void> {
  for (const address of [ipv4(0), ipv6(0, 1)]) {
    const network = new VirtualNetwork();
    {
      using owner = new SocketGuest({ network });
      const listener = owner.listen(address);
      const [client, clientInput, clientOutput] = await owner.connect(listener.localAddress());
      const [server, serverInput, serverOutput] = listener.accept();
      await act({
        client: { socket: client, input: clientInput, output: clientOutput },
        server: { socket: server, input: serverInput, output: serverOutput },
      });
    }
    assert.deepEqual(countsOf(network), NOTHING_OPEN);
  }
}

/** "ok", or the case of the stream-error that a guest sees. */
function streamOutcome(act: () => unknown): string {
  const error = streamError(act);
  return error === undefined ? "ok" : error.tag;
}

function streamFailure(act: () => unknown): IoError {
  const error = streamError(act);
  assert.equal(error?.tag, "last-operation-failed");
  return error.val;
}

function streamError(act: () => unknown): StreamError | undefined {
  try {
    act();
    return undefined;
  } catch (error) {
    assert.ok(error instanceof GuestError);
    return error.payload;
  }
}

function portOf(socket: TcpSocket): number {
  return socket.localAddress().val.port;
}
