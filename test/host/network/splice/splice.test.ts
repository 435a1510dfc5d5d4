import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import type { Socket } from "node:net";
import { afterEach, describe, it } from "mocha";
import type { Connection } from "../../../../host/network/network.ts";
import { ConnectionEnd } from "../../../../host/network/splice/connection-end.ts";
import type { SpliceEnd } from "../../../../host/network/splice/end.ts";
import { LendingSocket } from "../../../../host/network/splice/lending-socket.ts";
import { SocketEnd } from "../../../../host/network/splice/socket-end.ts";
import { type Splice, splice, type SpliceOptions } from "../../../../host/network/splice/splice.ts";
import { TCP_OPTIONS_DEFAULT as tcp } from "../../../../host/network/tcp-options.ts";
import { VirtualNetwork } from "../../../../host/network/virtual/virtual-network.ts";
import { FakeClock } from "../../engine/fake-clock.ts";
import { socketPair } from "./socket-pair.ts";
import { answer, eventually, loopback, readAll } from "../../tunnel/support.ts";

/** A way for two outer sides, `left` and `right`, to talk through a splice. */
interface Lab {
  readonly left: Socket;
  readonly right: Socket;
  readonly joint: Splice;
}

const closers: (() => void)[] = [];

async function open(options: SpliceOptions, wrap = (end: SpliceEnd) => end): Promise<Lab> {
  const [left, first] = await socketPair(closers);
  const [right, second] = await socketPair(closers);
  const joint = splice(wrap(new SocketEnd(first)), wrap(new SocketEnd(second)), options);
  return { left, right, joint };
}

const clock = (): FakeClock => new FakeClock();

describe("splice", () => {
  afterEach(() => {
    for (const close of closers.splice(0)) close();
  });

  it("carries both directions, and ends when both did", async () => {
    let forth = 0;
    let back = 0;
    const { left, right, joint } = await open({
      clock: clock(),
      onBytes: (direction, bytes) => {
        if (direction === "forth") forth += bytes;
        else back += bytes;
      },
    });
    const [there, here] = [randomBytes(3_000_000), randomBytes(2_000_000)];
    left.end(there);
    right.end(here);
    const [gotRight, gotLeft] = await Promise.all([readAll(right), readAll(left)]);
    assert.ok(gotRight.equals(there) && gotLeft.equals(here));
    assert.deepEqual(await joint.done, { tag: "ended" });
    assert.deepEqual([forth, back], [there.length, here.length]);
  });

  it("passes the end of one direction on, and lets the other go on", async () => {
    const { left, right, joint } = await open({ clock: clock() });
    left.end("question");
    assert.equal((await readAll(right)).toString(), "question");
    right.end("answer");
    assert.equal((await readAll(left)).toString(), "answer");
    assert.deepEqual(await joint.done, { tag: "ended" });
  });

  it("passes a reset on", async () => {
    const { left, right, joint } = await open({ clock: clock() });
    left.resetAndDestroy();
    await assert.rejects(readAll(right), /ECONNRESET/);
    const outcome = await joint.done;
    assert.ok(outcome.tag === "broken" && outcome.by === "forth");
  });

  it("resets both where it is disposed", async () => {
    const { left, right, joint } = await open({ clock: clock() });
    joint[Symbol.dispose]();
    joint[Symbol.dispose]();
    await Promise.all([
      assert.rejects(readAll(left), /ECONNRESET/),
      assert.rejects(readAll(right), /ECONNRESET/),
    ]);
    assert.deepEqual(await joint.done, { tag: "stopped" });
  });

  it("does not read what the other side does not take", async () => {
    let moved = 0;
    const { left, right } = await open({
      clock: clock(),
      onBytes: (_direction, bytes) => {
        moved += bytes;
      },
    });
    const chunk = Buffer.alloc(1 << 20);
    for (let count = 0; count < 64; count++) left.write(chunk);
    let before = -1;
    while (moved !== before) {
      before = moved;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    assert.ok(moved < 40 << 20, `${moved} bytes moved`);
    left.end();
    assert.equal((await readAll(right)).length, 64 << 20);
  });

  it("ends what is idle, where that is asked for, and not what moves", async () => {
    const time = clock();
    const { left, right, joint } = await open({ clock: time, idleTimeout: 1000 });
    time.advance(900);
    left.write("x");
    await once(right, "data");
    time.advance(900);
    assert.equal(time.timers, 1);
    time.advance(101);
    assert.deepEqual(await joint.done, { tag: "timeout" });
    assert.equal(time.timers, 0);
  });

  it("ends what is half open and idle, counted from the end of the first direction", async () => {
    const time = clock();
    const { left, right, joint } = await open({ clock: time });
    time.advance(3_600_000);
    left.end();
    assert.equal((await readAll(right)).length, 0);
    time.advance(59_000);
    right.write("x");
    await once(left, "data");
    time.advance(59_000);
    assert.equal(time.timers, 1);
    time.advance(2000);
    assert.deepEqual(await joint.done, { tag: "timeout" });
  });

  it("moves no faster than its limit", async () => {
    const time = clock();
    let taken = 0;
    const limit = {
      take: (bytes: number) => {
        taken += bytes;
        return 1000;
      },
    };
    const { left, right, joint } = await open({ clock: time, limit });
    left.end(Buffer.alloc(1 << 20));
    const read = readAll(right);
    let steps = 0;
    let isDone = false;
    right.once("end", () => {
      isDone = true;
    });
    while (!isDone) {
      const before = taken;
      await eventually(() => time.timers > 0 || isDone);
      assert.ok(taken - before <= 1 << 17);
      time.advance(1001);
      steps += 1;
    }
    assert.equal((await read).length, 1 << 20);
    assert.ok(steps > 4, `${steps} steps`);
    right.end();
    assert.deepEqual(await joint.done, { tag: "ended" });
  });

  it("breaks where one side is gone already", async () => {
    const [, first] = await socketPair(closers);
    const [right, second] = await socketPair(closers);
    first.destroy();
    const joint = splice(new SocketEnd(first), new SocketEnd(second), { clock: clock() });
    assert.equal((await joint.done).tag, "broken");
    await assert.rejects(readAll(right), /ECONNRESET/);
  });
});

async function openVirtual(
  onConnection: (connection: Connection) => void,
  adopt = (socket: Socket): Socket => socket,
): Promise<{ readonly outer: Socket; readonly joint: Splice; readonly network: VirtualNetwork }> {
  const network = new VirtualNetwork();
  closers.push(() => network[Symbol.dispose]());
  const listener = network.listen(network.bind(loopback(80)), { backlog: 1, tcp });
  const connecting = network.connect(loopback(80), { tcp });
  const accepted = listener.accept();
  const connection = await connecting;
  assert.ok(accepted);
  onConnection(accepted);
  const [outer, inner] = await socketPair(closers);
  const joint = splice(new SocketEnd(adopt(inner)), new ConnectionEnd(connection), {
    clock: clock(),
  });
  return { outer, joint, network };
}

describe("splice of a socket and a connection", () => {
  afterEach(() => {
    for (const close of closers.splice(0)) close();
  });

  it("carries megabytes both ways", async () => {
    const { outer, joint, network } = await openVirtual((connection) =>
      answer(connection, (bytes) => bytes),
    );
    const sent = randomBytes(5_000_000);
    outer.end(sent);
    assert.ok((await readAll(outer)).equals(sent));
    assert.deepEqual(await joint.done, { tag: "ended" });
    await eventually(() => network.connections === 0);
  });

  it("keeps what two visitors sent apart while neither is read", async () => {
    const sizes = [3_000_000, 2_000_000];
    const joints = await Promise.all(
      sizes.map(async (size, index) => {
        const guests: Connection[] = [];
        const { outer } = await openVirtual(
          (connection) => guests.push(connection),
          (socket) => LendingSocket.adopt(socket),
        );
        const [guest] = guests;
        assert.ok(guest);
        const sent = Buffer.alloc(size, `${index} is what this one sent, at ${index}; `);
        outer.write(sent);
        return { guest, sent };
      }),
    );
    // A little of each by turns, so that what has no room waits for long.
    const got = joints.map(({ sent }) => ({ bytes: Buffer.alloc(sent.length), at: 0 }));
    await eventually(() => {
      for (const [index, { guest }] of joints.entries()) {
        const into = got[index];
        assert.ok(into);
        into.at += guest.source.readInto(into.bytes.subarray(into.at, into.at + 10_000));
      }
      return got.every(({ bytes, at }) => at === bytes.length);
    });
    for (const [index, { sent }] of joints.entries()) assert.ok(got[index]?.bytes.equals(sent));
  });

  it("passes a reset of the connection on", async () => {
    const { outer, joint } = await openVirtual((connection) => connection.reset());
    await assert.rejects(readAll(outer), /ECONNRESET/);
    const outcome = await joint.done;
    assert.ok(outcome.tag === "broken" && outcome.by === "back");
  });
});
