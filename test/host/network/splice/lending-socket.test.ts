import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import type { Socket } from "node:net";
import { afterEach, describe, it } from "mocha";
import { LendingSocket } from "../../../../host/network/splice/lending-socket.ts";
import { SocketEnd } from "../../../../host/network/splice/socket-end.ts";
import { splice } from "../../../../host/network/splice/splice.ts";
import { FakeClock } from "../../engine/fake-clock.ts";
import { socketPair } from "./socket-pair.ts";
import { readAll } from "../../tunnel/support.ts";

const closers: (() => void)[] = [];

describe("LendingSocket", () => {
  afterEach(() => {
    for (const close of closers.splice(0)) close();
  });

  it("takes over an accepted connection, with its addresses", async () => {
    const [client, socket] = await pair();
    // Fails where a new Node.js has no way to do that any more: forwards are slower then.
    assert.ok(socket instanceof LendingSocket);
    assert.equal(socket.remotePort, client.localPort);
    assert.equal(socket.localPort, client.remotePort);
  });

  it("lends nothing before it is resumed, and all that was sent then", async () => {
    const [client, socket] = await pair();
    assert.ok(socket instanceof LendingSocket);
    const parts: Buffer[] = [];
    socket.lendTo({ onLent: (bytes) => parts.push(Buffer.from(bytes)) });
    client.end("what was sent");
    await new Promise((resolve) => setTimeout(resolve, 20));
    assert.equal(parts.length, 0);
    const ended = once(socket, "end");
    socket.resume();
    await ended;
    assert.equal(Buffer.concat(parts).toString(), "what was sent");
  });

  it("is read into room of whoever gets the bytes, while much comes", async () => {
    const [client, socket] = await pair();
    assert.ok(socket instanceof LendingSocket);
    const rooms = new RoomsOf(100_000);
    const parts: Buffer[] = [];
    let inRoom = 0;
    socket.lendTo({
      ...rooms.borrower,
      onLent: (bytes) => {
        parts.push(Buffer.from(bytes));
        if (rooms.has(bytes)) inRoom += bytes.length;
      },
    });
    const sent = randomBytes(20_000_000);
    client.end(sent);
    const ended = once(socket, "end");
    socket.resume();
    await ended;
    assert.ok(Buffer.concat(parts).equals(sent));
    assert.ok(inRoom > 0, "nothing was read into the room");
    socket.destroy();
    await once(socket, "close");
    assert.equal(rooms.kept, 0);
  });

  it("does without room where there is none, and reads little at a time then", async () => {
    const [client, socket] = await pair();
    assert.ok(socket instanceof LendingSocket);
    const parts: Buffer[] = [];
    socket.lendTo({
      onLent: (bytes) => {
        // All of it has to be kept where it cannot go on.
        assert.ok(bytes.length <= 16 * 1024);
        parts.push(Buffer.from(bytes));
      },
      reserve: () => undefined,
    });
    const sent = randomBytes(2_000_000);
    client.end(sent);
    const ended = once(socket, "end");
    socket.resume();
    await ended;
    assert.ok(Buffer.concat(parts).equals(sent));
  });

  it("gives room back when it is closed in the middle", async () => {
    const [client, socket] = await pair();
    assert.ok(socket instanceof LendingSocket);
    const rooms = new RoomsOf(100_000);
    const kept = new Promise<void>((resolve) => {
      socket.lendTo({
        ...rooms.borrower,
        reserve: () => {
          setImmediate(resolve);
          return rooms.borrower.reserve();
        },
      });
    });
    client.write(randomBytes(3_000_000));
    socket.resume();
    await kept;
    socket.destroy();
    await once(socket, "close");
    assert.equal(rooms.kept, 0);
  });

  it("gives room back when its peer has nothing more to send", async () => {
    const [client, socket] = await pair();
    assert.ok(socket instanceof LendingSocket);
    const rooms = new RoomsOf(100_000);
    let received = 0;
    socket.lendTo({ ...rooms.borrower, onLent: (bytes) => (received += bytes.length) });
    socket.resume();
    const bulk = randomBytes(64 * 1024);
    for (let sent = 0; rooms.kept === 0;) {
      client.write(bulk);
      sent += bulk.length;
      while (received < sent) await new Promise(setImmediate);
    }
    client.end();
    await once(socket, "end");
    assert.equal(socket.writable, true);
    assert.equal(rooms.kept, 0);
  });

  it("joins others through a splice, both ways, and ends in order", async () => {
    const [left, first] = await pair();
    const [right, second] = await pair();
    const joint = splice(new SocketEnd(first), new SocketEnd(second), { clock: new FakeClock() });
    const [there, here] = [randomBytes(3_000_000), randomBytes(2_000_000)];
    left.end(there);
    right.end(here);
    const [gotRight, gotLeft] = await Promise.all([readAll(right), readAll(left)]);
    assert.ok(gotRight.equals(there) && gotLeft.equals(here));
    assert.deepEqual(await joint.done, { tag: "ended" });
  });

  it("passes a reset on", async () => {
    const [left, first] = await pair();
    const [right, second] = await pair();
    const joint = splice(new SocketEnd(first), new SocketEnd(second), { clock: new FakeClock() });
    const failed = once(right, "error");
    left.resetAndDestroy();
    const [error]: NodeJS.ErrnoException[] = await failed;
    assert.equal(error?.code, "ECONNRESET");
    assert.equal((await joint.done).tag, "broken");
  });

  it("leaves a connection alone that is gone", async () => {
    const [, socket] = await pair((accepted) => {
      accepted.destroy();
      return LendingSocket.adopt(accepted);
    });
    assert.ok(!(socket instanceof LendingSocket));
  });
});

/** Whoever gets bytes, with room of its own for them. */
class RoomsOf {
  readonly #size: number;
  readonly #kept = new Set<ArrayBufferLike>();
  readonly borrower = {
    onLent: (): void => {},
    reserve: (): Uint8Array => {
      const room = new Uint8Array(this.#size);
      this.#kept.add(room.buffer);
      return room;
    },
    release: (room: Uint8Array): void => {
      assert.ok(this.#kept.delete(room.buffer), "the room was given back twice");
    },
  };

  constructor(size: number) {
    this.#size = size;
  }

  /** Rooms that were not given back. */
  get kept(): number {
    return this.#kept.size;
  }

  has(bytes: Uint8Array): boolean {
    return this.#kept.has(bytes.buffer);
  }
}

/** A client, and the adopted other end of its connection. */
async function pair(
  adopt = (accepted: Socket): Socket => LendingSocket.adopt(accepted),
): Promise<[Socket, Socket]> {
  const [client, accepted] = await socketPair(closers);
  const socket = adopt(accepted);
  socket.on("error", () => undefined);
  closers.push(() => socket.destroy());
  return [client, socket];
}
