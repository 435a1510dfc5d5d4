import assert from "node:assert/strict";
import { SocketAddress } from "node:net";
import { describe, it } from "mocha";
import { SocketError } from "../../../../host/network/error.ts";
import type { TcpOptions } from "../../../../host/network/network.ts";
import { NO_QUOTA } from "../../../../host/network/quota.ts";
import { RingPool } from "../../../../host/network/ring-pool.ts";
import { TurnoverList } from "../../../../host/network/turnover.ts";
import {
  BUFFER_SIZE_DEFAULT,
  BUFFER_SIZE_MAX,
  TCP_OPTIONS_DEFAULT,
} from "../../../../host/network/tcp-options.ts";
import {
  type ConnectionScope,
  connectionPair,
  type VirtualConnection,
} from "../../../../host/network/virtual/connection.ts";

describe("connectionPair", () => {
  it("buffers what the sender may send and the receiver may receive, added up", () => {
    const [a, b] = pair({ sendBufferSize: 10, receiveBufferSize: 200 }, { sendBufferSize: 3000 });
    assert.equal(a.sink.capacity, 10 + BUFFER_SIZE_DEFAULT);
    assert.equal(b.sink.capacity, 3000 + 200);
  });

  it("applies new sizes to both directions of the live connection", () => {
    const [a, b] = pair();
    a.sink.write(new Uint8Array(1000));
    a.configure({ ...TCP_OPTIONS_DEFAULT, sendBufferSize: 1, receiveBufferSize: 2 });
    assert.equal(a.sink.capacity, 1 + BUFFER_SIZE_DEFAULT - 1000);
    assert.equal(b.sink.capacity, BUFFER_SIZE_DEFAULT + 2);
    b.configure({ ...TCP_OPTIONS_DEFAULT, sendBufferSize: 4, receiveBufferSize: 8 });
    assert.equal(a.sink.capacity, 0);
    assert.equal(b.sink.capacity, 6);
  });

  it("bounds its buffers, whatever is asked for", () => {
    const [a] = pair({ sendBufferSize: 2 ** 60 }, { receiveBufferSize: Number.POSITIVE_INFINITY });
    let taken = 0;
    for (let { capacity } = a.sink; capacity > 0; { capacity } = a.sink) {
      a.sink.write(new Uint8Array(capacity));
      taken += capacity;
    }
    assert.equal(taken, 2 * BUFFER_SIZE_MAX);
  });

  it("takes what it told of although the peer makes its buffer smaller", () => {
    const [a, b] = pair();
    const { capacity } = a.sink;
    b.configure({ ...TCP_OPTIONS_DEFAULT, receiveBufferSize: 1 });
    a.sink.write(new Uint8Array(capacity));
    assert.equal(b.source.available, capacity);
    assert.equal(a.sink.capacity, 0);
  });

  it("is open at both ends until each is closed", () => {
    const scope = createScope();
    const [a, b] = pair({}, {}, scope);
    assert.equal(scope.open.size, 2);
    a[Symbol.dispose]();
    assert.deepEqual(scope.open.values(), [b]);
    b.reset();
    assert.equal(scope.open.size, 0);
  });

  it("gives up what an end owns once, before the peer hears of the close", () => {
    let disposals = 0;
    const owned = {
      [Symbol.dispose]() {
        disposals += 1;
      },
    };
    const [a, b] = connectionPair({ ...end(), owned }, { ...end() }, createScope());
    let seen = -1;
    b.source.whenReadable.add(() => {
      seen = disposals;
    });
    a[Symbol.dispose]();
    assert.equal(seen, 1);
    a[Symbol.dispose]();
    a.reset();
    assert.equal(disposals, 1);
  });

  it("leaves what arrived before a reset to its reader", () => {
    const [a, b] = pair();
    a.sink.write(Buffer.from("ab"));
    a.reset();
    assert.equal(b.source.ended, false);
    const bytes = Buffer.alloc(9);
    assert.equal(b.source.readInto(bytes), 2);
    assert.equal(b.source.ended, true);
    assert.ok(b.source.failure instanceof SocketError);
    assert.equal(b.source.failure.code, "connection-reset");
  });

  it("keeps an end in order where a reset follows it", () => {
    const [a, b] = pair();
    a.sink.write(Buffer.from("ab"));
    a.sink.end();
    b.sink.write(Buffer.from("unread"));
    a[Symbol.dispose]();
    b.source.readInto(Buffer.alloc(9));
    assert.equal(b.source.ended, true);
    assert.equal(b.source.failure, undefined);
    assert.ok(b.sink.failure instanceof SocketError);
  });

  it("closes the writer's sink, without a failure, when the reader wants nothing more", () => {
    const [a, b] = pair();
    b.source.cancel();
    assert.equal(a.sink.closed, true);
    assert.equal(a.sink.failure, undefined);
    assert.equal(b.sink.closed, false);
  });

  it("closes both directions in order where nothing is unread, though the reader had left", () => {
    const [a, b] = pair();
    a.source.cancel();
    a[Symbol.dispose]();
    assert.equal(b.source.ended, true);
    assert.equal(b.source.failure, undefined);
  });

  it("survives an end that is closed from within a notification", () => {
    const scope = createScope();
    const [a, b] = pair({}, {}, scope);
    b.source.whenReadable.add(() => b[Symbol.dispose]());
    a.source.whenReadable.add(() => a[Symbol.dispose]());
    a.sink.write(Buffer.from("unread"));
    assert.equal(scope.open.size, 0);
    assert.equal(a.source.ended, true);
    assert.equal(b.source.ended, true);
  });
});

function pair(
  first: Partial<TcpOptions> = {},
  second: Partial<TcpOptions> = {},
  scope: ConnectionScope = createScope(),
): [VirtualConnection, VirtualConnection] {
  return connectionPair(end(first), end(second), scope);
}

function end(tcp: Partial<TcpOptions> = {}): { local: SocketAddress; tcp: TcpOptions } {
  return { local: new SocketAddress({}), tcp: { ...TCP_OPTIONS_DEFAULT, ...tcp } };
}

function createScope(): ConnectionScope {
  return { open: new TurnoverList(), rings: new RingPool(), quota: NO_QUOTA };
}
