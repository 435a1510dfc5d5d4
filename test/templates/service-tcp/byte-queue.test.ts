import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { ByteQueue, type Writer } from "../../../templates/service-tcp/src/lib/byte-queue.ts";

/** Takes no more than `room` bytes a call, and nothing once `calls` are used up. */
class Taker implements Writer {
  readonly taken: number[] = [];
  readonly #room: number;
  #calls: number;

  constructor(room: number, calls = Infinity) {
    this.#room = room;
    this.#calls = calls;
  }

  write(bytes: Uint8Array): number {
    if (this.#calls-- <= 0) return 0;
    const part = bytes.subarray(0, this.#room);
    this.taken.push(...part);
    return part.length;
  }
}

describe("ByteQueue", () => {
  it("writes chunks in order", () => {
    const queue = new ByteQueue();
    queue.push(Uint8Array.of(1, 2, 3));
    queue.push(Uint8Array.of(4));
    assert.equal(queue.length, 4);

    const taker = new Taker(10);
    queue.writeTo(taker);
    assert.deepEqual(taker.taken, [1, 2, 3, 4]);
    assert.equal(queue.length, 0);
  });

  it("keeps what a writer did not take, and goes on there", () => {
    const queue = new ByteQueue();
    queue.push(Uint8Array.of(1, 2, 3));
    queue.push(Uint8Array.of(4, 5));
    const taker = new Taker(2, 1);
    queue.writeTo(taker);
    assert.equal(queue.length, 3);

    const next = new Taker(1, 1);
    queue.writeTo(next);
    queue.push(Uint8Array.of(6));
    const last = new Taker(10);
    queue.writeTo(last);
    assert.deepEqual([...taker.taken, ...next.taken, ...last.taken], [1, 2, 3, 4, 5, 6]);
  });

  it("does not call a writer for nothing", () => {
    const queue = new ByteQueue();
    queue.push(new Uint8Array(0));
    queue.writeTo({
      write: () => assert.fail("there is nothing to write"),
    });
  });
});
