import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { VirtualNetwork } from "../../../../host/network/virtual/virtual-network.ts";
import { CABI_LOWER, type HandleTable } from "../../../../host/wasi/cabi.ts";
import { type Resource, resourceByRep } from "../../../../host/wasi/resource.ts";
import { TcpInputStream, TcpOutputStream } from "../../../../host/wasi/sockets/tcp-streams.ts";
import { TcpSocket } from "../../../../host/wasi/sockets/tcp-socket.ts";
import "../../../../host/wasi/sockets/tcp-socket-abi.ts";
import { Pollable } from "../../../../host/wasi/io/pollable.ts";
import { ipv4, ipv6, SocketGuest } from "./support.ts";

const RESULT = 64;
const WOULD_BLOCK = 8;

describe("TcpSocket fast path", () => {
  it("accept writes three handles, or the code of would-block", async () => {
    using owner = new SocketGuest();
    const listener = owner.listen();
    const core = new Core("accept", 3);
    const handle = core.give(2, listener);
    core.call(handle, RESULT);
    assert.deepEqual([core.byte(RESULT), core.byte(RESULT + 4)], [1, WOULD_BLOCK]);

    await owner.connect(listener.localAddress());
    core.call(handle, RESULT);
    assert.equal(core.byte(RESULT), 0);
    assert.ok(core.take(2, RESULT + 4) instanceof TcpSocket);
    // Which of the two tables holds which stream is found out when the guest uses one.
    const streams = [core.take(0, RESULT + 8), core.take(1, RESULT + 12)];
    assert.ok(streams.some((stream) => stream instanceof TcpInputStream));
    assert.ok(streams.some((stream) => stream instanceof TcpOutputStream));
  });

  for (const [name, listenAddress] of [
    ["IPv4", ipv4(0)],
    ["IPv6", ipv6(0, 1)],
  ] as const) {
    it(`start-connect and finish-connect connect over ${name}`, async () => {
      using owner = new SocketGuest();
      const listener = owner.listen(listenAddress);
      const { port } = listener.localAddress().val;
      const socket = owner.socket(listenAddress.tag);
      const start = new Core("startConnect", 2);
      start.call(
        start.give(1, socket),
        start.give(0, owner.network),
        ...(listenAddress.tag === "ipv4"
          ? [0, port, 127, 0, 0, 1, 0, 0, 0, 0, 0, 0]
          : [1, port, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0]),
        RESULT,
      );
      assert.equal(start.byte(RESULT), 0);

      const finish = new Core("finishConnect", 3);
      const handle = finish.give(2, socket);
      finish.call(handle, RESULT);
      assert.deepEqual([finish.byte(RESULT), finish.byte(RESULT + 4)], [1, WOULD_BLOCK]);
      await socket.subscribe().block();
      finish.call(handle, RESULT);
      assert.equal(finish.byte(RESULT), 0);
      assert.deepEqual(socket.remoteAddress(), listener.localAddress());
    });
  }

  it("start-connect writes the error-code one byte behind the case", () => {
    using owner = new SocketGuest();
    const start = new Core("startConnect", 2);
    const socket = start.give(1, owner.socket());
    const network = start.give(0, owner.network);
    start.call(socket, network, 0, 80, 10, 0, 0, 1, 0, 0, 0, 0, 0, 0, RESULT);
    assert.deepEqual([start.byte(RESULT), start.byte(RESULT + 1)], [1, 1]);
  });

  it("subscribe returns the handle of a pollable", () => {
    using owner = new SocketGuest();
    const core = new Core("subscribe", 2);
    const handle = core.call(core.give(1, owner.socket()));
    assert.ok(core.resource(0, Number(handle)) instanceof Pollable);
  });

  it("traps on handles that the guest made up, and on results outside of its memory", () => {
    using owner = new SocketGuest({ network: new VirtualNetwork() });
    const core = new Core("accept", 3);
    const handle = core.give(2, owner.listen());
    for (const bad of [0, 7, -1, 2 ** 31 - 1]) {
      assert.throws(() => core.call(bad, RESULT), RangeError);
    }
    assert.throws(() => core.call(handle, 65_536), RangeError);
    const start = new Core("startConnect", 2);
    const socket = start.give(1, owner.socket());
    const network = start.give(0, owner.network);
    const address = [2, 80, 127, 0, 0, 1, 0, 0, 0, 0, 0, 0];
    assert.throws(() => start.call(socket, network, ...address, RESULT), RangeError);
  });

  it("start-connect cuts integers to their width, as the canonical ABI does", () => {
    using owner = new SocketGuest();
    const start = new Core("startConnect", 2);
    const client = owner.bind();
    const { port } = owner.listen().localAddress().val;
    const socket = start.give(1, client);
    const network = start.give(0, owner.network);
    const address = [0, 0x50000 + port, 0x17f, 0x100, -256, 0x201, 0, 0, 0, 0, 0, 0];
    start.call(socket, network, ...address, RESULT);
    assert.equal(start.byte(RESULT), 0);
  });
});

/** jco's flag of a free or an owning entry. */
const FLAG = 1 << 30;

/** The core function of a method, with a memory of one page and handle tables as jco keeps them. */
class Core {
  readonly #memory = new WebAssembly.Memory({ initial: 1 });
  readonly #tables: HandleTable[];
  readonly #function: (...args: number[]) => unknown;

  constructor(method: "accept" | "startConnect" | "finishConnect" | "subscribe", tables: number) {
    this.#tables = Array.from({ length: tables }, () => [FLAG, 0]);
    const lower: unknown = Reflect.get(TcpSocket.prototype[method], CABI_LOWER);
    assert.ok(typeof lower === "function");
    this.#function = lower({ memory: this.#memory, resourceTables: this.#tables });
  }

  call(...args: number[]): unknown {
    return this.#function(...args);
  }

  give(table: number, resource: Resource): number {
    const entries = this.#tables[table] ?? assert.fail();
    entries.push(0, resource.rep | FLAG);
    return (entries.length >> 1) - 1;
  }

  byte(at: number): number {
    return new Uint8Array(this.#memory.buffer)[at] ?? assert.fail();
  }

  take(table: number, at: number): Resource {
    return this.resource(table, new DataView(this.#memory.buffer).getInt32(at, true));
  }

  resource(table: number, handle: number): Resource {
    const entry = this.#tables[table]?.[handle * 2 + 1] ?? assert.fail();
    return resourceByRep(entry & ~FLAG);
  }
}
