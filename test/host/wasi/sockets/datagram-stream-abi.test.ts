import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { CABI_LOWER } from "../../../../host/wasi/cabi.ts";
import { Pollable } from "../../../../host/wasi/io/pollable.ts";
import { type Resource, resourceByRep } from "../../../../host/wasi/resource.ts";
import { toErrorCodeIndex } from "../../../../host/wasi/sockets/error-code.ts";
import { IncomingDatagramStream } from "../../../../host/wasi/sockets/incoming-datagram-stream.ts";
import { OutgoingDatagramStream } from "../../../../host/wasi/sockets/outgoing-datagram-stream.ts";
import "../../../../host/wasi/sockets/datagram-stream-abi.ts";
import { ipv4, ipv6, SocketGuest } from "./support.ts";
import { openUdp, receiveAll, sendTo } from "./udp-support.ts";

const RESULT = 64;
const LIST = 1024;
const DATA = 2048;

describe("datagram streams' fast path", () => {
  for (const address of [ipv4(0), ipv6(0, 1)]) {
    it(`carries datagrams over ${address.tag}, with their addresses`, () => {
      using owner = new SocketGuest();
      const open = openUdp(owner, address);
      const { port } = open.address.val;
      const core = new Core();
      const [checkSend, send] = [core.outgoing("checkSend"), core.outgoing("send")];
      const outgoing = core.give(open.outgoing);
      checkSend(outgoing, RESULT);
      assert.equal(core.view.getUint8(RESULT), 0);
      assert.ok(core.view.getBigUint64(RESULT + 8, true) >= 2n);

      core.write(DATA, "one", "three");
      core.putDatagram(0, DATA, 3, address.tag, port);
      core.putDatagram(1, DATA + 3, 5, address.tag, port);
      send(outgoing, LIST, 2, RESULT);
      assert.equal(core.view.getUint8(RESULT), 0);
      assert.equal(core.view.getBigUint64(RESULT + 8, true), 2n);

      core.incoming("receive")(core.give(open.incoming), -1n, RESULT);
      assert.equal(core.view.getUint8(RESULT), 0);
      const [list, length] = core.list(RESULT + 4);
      assert.equal(length, 2);
      for (const [index, text] of ["one", "three"].entries()) {
        const record = list + 40 * index;
        assert.equal(core.text(record), text);
        const tag = core.view.getUint8(record + 8);
        assert.equal(tag, address.tag === "ipv4" ? 0 : 1);
        assert.equal(core.view.getUint16(record + 12, true), port);
        const last =
          tag === 0 ? core.view.getUint8(record + 17) : core.view.getUint16(record + 34, true);
        assert.equal(last, 1);
      }
    });
  }

  it("sends without an address to a peer, and receives nothing where nothing waits", () => {
    using owner = new SocketGuest();
    const peer = openUdp(owner);
    const open = openUdp(owner, ipv4(0), peer.address);
    const core = new Core();
    core.outgoing("checkSend")(core.give(open.outgoing), RESULT);
    core.write(DATA, "hello");
    core.putDatagram(0, DATA, 5);
    core.outgoing("send")(1, LIST, 1, RESULT);
    assert.deepEqual(receiveAll(peer), ["hello"]);
    core.incoming("receive")(core.give(open.incoming), 9n, RESULT);
    assert.equal(core.view.getUint8(RESULT), 0);
    assert.equal(core.list(RESULT + 4)[1], 0);
  });

  it("writes error-codes behind the case, as far as the payload is aligned", () => {
    using owner = new SocketGuest();
    const open = openUdp(owner);
    const core = new Core();
    const outgoing = core.give(open.outgoing);
    core.outgoing("checkSend")(outgoing, RESULT);
    core.putDatagram(0, DATA, 1);
    core.outgoing("send")(outgoing, LIST, 1, RESULT);
    assert.equal(core.view.getUint8(RESULT), 1);
    assert.equal(core.view.getUint8(RESULT + 8), toErrorCodeIndex("invalid-argument"));
    open.socket.stream(undefined);
    core.incoming("receive")(core.give(open.incoming), 1n, RESULT);
    assert.equal(core.view.getUint8(RESULT), 1);
    assert.equal(core.view.getUint8(RESULT + 4), toErrorCodeIndex("invalid-state"));
  });

  it("subscribes", () => {
    using owner = new SocketGuest();
    const open = openUdp(owner);
    const core = new Core();
    assert.ok(core.subscribe(IncomingDatagramStream, open.incoming) instanceof Pollable);
    assert.ok(core.subscribe(OutgoingDatagramStream, open.outgoing) instanceof Pollable);
  });

  it("traps on what no component that is in order passes", () => {
    using owner = new SocketGuest();
    const open = openUdp(owner);
    const core = new Core();
    const [checkSend, send] = [core.outgoing("checkSend"), core.outgoing("send")];
    const outgoing = core.give(open.outgoing);
    const { port } = open.address.val;
    const datagram = (): void => core.putDatagram(0, DATA, 1, "ipv4", port);
    const attempts: readonly (readonly [
      string,
      () => void,
      handle?: number,
      list?: number,
      length?: number,
    ])[] = [
      ["a handle that it made up", datagram, 7],
      ["a list outside of its memory", datagram, outgoing, 65_532],
      ["a list that is not aligned", datagram, outgoing, LIST + 1],
      ["more than was permitted", datagram, outgoing, LIST, 2 ** 31],
      ["data outside of its memory", () => core.putDatagram(0, 65_535, 2, "ipv4", port)],
      ["data of impossible length", () => core.putDatagram(0, DATA, -1, "ipv4", port)],
      ["an unknown case of the option", () => core.view.setUint8(LIST + 8, 2)],
      ["an unknown case of the address", () => core.view.setUint8(LIST + 12, 2)],
    ];
    for (const [title, prepare, handle = outgoing, list = LIST, length = 1] of attempts) {
      datagram();
      prepare();
      checkSend(outgoing, RESULT);
      assert.throws(() => send(handle, list, length, RESULT), RangeError, title);
    }
    datagram();
    checkSend(outgoing, RESULT);
    send(outgoing, LIST, 1, RESULT);
    assert.throws(() => send(outgoing, LIST, 1, RESULT), RangeError, "sending without permit");
    assert.equal(receiveAll(open).length, 1);
  });

  it("traps on memory that the guest does not have for what arrived", () => {
    using owner = new SocketGuest();
    const open = openUdp(owner);
    for (const block of [65_530, 3]) {
      const core = new Core(block);
      sendTo(open, "ten bytes!", open.address);
      const receive = core.incoming("receive");
      const handle = core.give(open.incoming);
      assert.throws(() => receive(handle, 9n, RESULT), RangeError);
    }
  });
});

/** jco's flag of a free or an owning entry. */
const FLAG = 1 << 30;

/** The core functions of the streams, with a memory of one page, an allocator that only goes up, and handle tables as jco keeps them. */
class Core {
  readonly #memory = new WebAssembly.Memory({ initial: 1 });
  readonly #tables = { incoming: [FLAG, 0], outgoing: [FLAG, 0] };
  #free: number;

  constructor(free = 8192) {
    this.#free = free;
  }

  get view(): DataView {
    return new DataView(this.#memory.buffer);
  }

  give(resource: Resource): number {
    const { incoming, outgoing } = this.#tables;
    const table = resource instanceof IncomingDatagramStream ? incoming : outgoing;
    table.push(0, resource.rep | FLAG);
    return (table.length >> 1) - 1;
  }

  outgoing(method: "checkSend" | "send"): (...args: unknown[]) => unknown {
    return this.#lower(OutgoingDatagramStream.prototype[method], [this.#tables.outgoing]);
  }

  incoming(method: "receive"): (...args: unknown[]) => unknown {
    return this.#lower(IncomingDatagramStream.prototype[method], [this.#tables.incoming]);
  }

  subscribe(
    streamClass: typeof IncomingDatagramStream | typeof OutgoingDatagramStream,
    stream: Resource,
  ): Resource {
    const [pollables, streams] = [
      [FLAG, 0],
      [FLAG, 0, 0, stream.rep | FLAG],
    ];
    const handle = this.#lower(streamClass.prototype.subscribe, [pollables, streams])(1);
    return resourceByRep((pollables[Number(handle) * 2 + 1] ?? 0) & ~FLAG);
  }

  /** An `outgoing-datagram`: loopback where it has an address. */
  putDatagram(index: number, data: number, length: number, tag?: "ipv4" | "ipv6", port = 0): void {
    const { view } = this;
    const at = LIST + 44 * index;
    for (let offset = 0; offset < 44; offset += 4) view.setUint32(at + offset, 0, true);
    view.setUint32(at, data, true);
    view.setUint32(at + 4, length, true);
    view.setUint8(at + 8, tag === undefined ? 0 : 1);
    view.setUint8(at + 12, tag === "ipv6" ? 1 : 0);
    view.setUint16(at + 16, port, true);
    if (tag === "ipv6") view.setUint16(at + 38, 1, true);
    else view.setUint32(at + 18, 0x01_00_00_7f, true);
  }

  write(at: number, ...texts: readonly string[]): void {
    new Uint8Array(this.#memory.buffer).set(Buffer.from(texts.join("")), at);
  }

  list(at: number): [pointer: number, length: number] {
    return [this.view.getUint32(at, true), this.view.getUint32(at + 4, true)];
  }

  text(at: number): string {
    return Buffer.from(this.#memory.buffer, ...this.list(at)).toString();
  }

  #lower(method: unknown, resourceTables: number[][]): (...args: unknown[]) => unknown {
    assert.ok(typeof method === "function");
    const lower: unknown = Reflect.get(method, CABI_LOWER);
    assert.ok(typeof lower === "function");
    const realloc = (_old: number, _size: number, align: number, size: number): number => {
      const pointer = this.#free === 3 ? 3 : Math.ceil(this.#free / align) * align;
      this.#free = this.#free === 3 ? 3 : pointer + size;
      return pointer;
    };
    return lower({ memory: this.#memory, realloc, resourceTables });
  }
}
