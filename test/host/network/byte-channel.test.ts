import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { ByteChannel } from "../../../host/network/byte-channel.ts";
import { RingPool, SMALL_RING } from "../../../host/network/ring-pool.ts";
import { RecordingQuota } from "./support.ts";
import { pseudoRandom, pseudoRandomBytes } from "../../contract/network/support.ts";

describe("ByteChannel", () => {
  it("is empty and open at first", () => {
    const channel = new ByteChannel(10);
    assert.equal(channel.available, 0);
    assert.equal(channel.capacity, 10);
    assert.equal(channel.ended, false);
    assert.equal(channel.closed, false);
    assert.equal(channel.failure, undefined);
    assert.equal(channel.hasUnread, false);
  });

  for (const limit of [1, 2, 3, 7, 8, 9]) {
    it(`keeps bytes in order for every size of write and read at a limit of ${limit}`, () => {
      for (let write = 1; write <= limit; write += 1) {
        for (let read = 1; read <= limit + 1; read += 1) checkChunks(limit, write, read);
      }
    });
  }

  for (const limit of [SMALL_RING - 1, SMALL_RING, SMALL_RING + 1, 3 * SMALL_RING, 131_072]) {
    it(`keeps bytes in order for random writes and reads at a limit of ${limit}`, () => {
      const channel = new ByteChannel(limit);
      const random = pseudoRandom(limit);
      const sent = pseudoRandomBytes(20 * limit, limit);
      const received = Buffer.alloc(sent.length);
      let written = 0;
      let read = 0;
      while (read < sent.length) {
        const size = Math.min(random(channel.capacity + 1), sent.length - written);
        channel.write(sent.subarray(written, written + size));
        written += size;
        const target = received.subarray(read, read + 1 + random(random(3) === 0 ? 50 : limit));
        read += channel.readInto(target);
        assert.equal(channel.available, written - read);
      }
      assert.ok(received.equals(sent));
    });
  }

  it("keeps what wrapped around when it grows", () => {
    const channel = new ByteChannel(4 * SMALL_RING);
    const bytes = pseudoRandomBytes(3 * SMALL_RING, 1);
    channel.write(bytes.subarray(0, SMALL_RING));
    channel.readInto(new Uint8Array(1000));
    channel.write(bytes.subarray(SMALL_RING, SMALL_RING + 999));
    channel.write(bytes.subarray(SMALL_RING + 999));
    assert.ok(readAll(channel).equals(bytes.subarray(1000)));
  });

  it("takes a limit that grew and one that shrank below what is there", () => {
    const channel = new ByteChannel(10);
    channel.write(Buffer.from("0123456789"));
    channel.setLimit(4);
    assert.equal(channel.capacity, 0);
    assert.equal(channel.readInto(new Uint8Array(7)), 7);
    assert.equal(channel.capacity, 0, "one byte free is too little to go on");
    channel.setLimit(100_000);
    assert.equal(channel.capacity, 99_997);
    const bytes = pseudoRandomBytes(99_997, 1);
    channel.write(bytes);
    assert.ok(readAll(channel).equals(Buffer.concat([Buffer.from("789"), bytes])));
    assert.equal(channel.capacity, 100_000);
  });

  it("throws RangeError for more than its capacity and takes none of it", () => {
    const channel = new ByteChannel(4);
    channel.write(Buffer.from("abc"));
    assert.throws(() => channel.write(Buffer.from("de")), RangeError);
    assert.equal(String(readAll(channel)), "abc");
  });

  it("lets a writer that filled it go on when half is free", () => {
    const channel = new ByteChannel(8);
    let calls = 0;
    channel.write(new Uint8Array(8));
    channel.whenWritable.add(() => {
      calls += 1;
    });
    channel.readInto(new Uint8Array(3));
    assert.equal(channel.capacity, 0);
    assert.equal(calls, 0);
    channel.readInto(new Uint8Array(1));
    assert.equal(channel.capacity, 4);
    assert.equal(calls, 1);
  });

  it("tells a waiting writer when the limit grows", () => {
    const channel = new ByteChannel(2);
    let calls = 0;
    channel.write(new Uint8Array(2));
    channel.whenWritable.add(() => {
      calls += 1;
    });
    channel.setLimit(8);
    assert.equal(channel.capacity, 6);
    assert.equal(calls, 1);
  });

  it("tells a waiting reader of the first byte, of the end and of a failure, not of more bytes", () => {
    const channel = new ByteChannel(8);
    let calls = 0;
    const waiter = (): void => {
      calls += 1;
      channel.whenReadable.add(waiter);
    };
    channel.whenReadable.add(waiter);
    channel.write(new Uint8Array(1));
    channel.write(new Uint8Array(1));
    assert.equal(calls, 1);
    channel.end();
    assert.equal(calls, 2);
    channel.end();
    channel.abort(new Error("late"));
    assert.equal(calls, 2);
  });

  it("lets a reader read from within its notification", () => {
    const channel = new ByteChannel(8);
    const received: number[] = [];
    const waiter = (): void => {
      received.push(...readAll(channel));
      channel.whenReadable.add(waiter);
    };
    channel.whenReadable.add(waiter);
    channel.write(Uint8Array.of(1, 2));
    channel.write(Uint8Array.of(3));
    assert.deepEqual(received, [1, 2, 3]);
  });

  it("lets a writer write from within its notification", () => {
    const channel = new ByteChannel(4);
    channel.write(Buffer.from("abcd"));
    channel.whenWritable.add(() => channel.write(Buffer.from("ef")));
    const first = new Uint8Array(3);
    assert.equal(channel.readInto(first), 3);
    assert.equal(String(Buffer.from(first)), "abc");
    assert.equal(String(readAll(channel)), "def");
  });

  it("ends behind the bytes that were written", () => {
    const channel = new ByteChannel(8);
    channel.write(Buffer.from("ab"));
    channel.end();
    assert.equal(channel.closed, true);
    assert.equal(channel.ended, false);
    assert.equal(String(readAll(channel)), "ab");
    assert.equal(channel.ended, true);
    assert.equal(channel.failure, undefined);
  });

  it("fails behind the bytes that were written", () => {
    const channel = new ByteChannel(8);
    const failure = new Error("broken");
    channel.write(Buffer.from("ab"));
    channel.abort(failure);
    channel.abort(new Error("again"));
    assert.equal(channel.closed, true);
    assert.equal(channel.ended, false);
    assert.equal(String(readAll(channel)), "ab");
    assert.equal(channel.ended, true);
    assert.equal(channel.failure, failure);
  });

  it("keeps an end that came before a failure", () => {
    const channel = new ByteChannel(8);
    channel.end();
    channel.abort(new Error("late"));
    assert.equal(channel.failure, undefined);
  });

  it("drops what is there when its reader cancels, remembers that, and tells the writer", () => {
    const channel = new ByteChannel(8);
    let calls = 0;
    channel.write(new Uint8Array(8));
    channel.whenWritable.add(() => {
      calls += 1;
    });
    channel.cancel();
    channel.cancel();
    assert.equal(calls, 1);
    assert.equal(channel.available, 0);
    assert.equal(channel.ended, true);
    assert.equal(channel.closed, true);
    assert.equal(channel.capacity, 0);
    assert.equal(channel.hasUnread, true);
    assert.throws(() => channel.write(new Uint8Array(1)), RangeError);
  });

  it("has nothing unread when its reader cancels behind the last byte", () => {
    const channel = new ByteChannel(8);
    channel.write(new Uint8Array(3));
    readAll(channel);
    channel.cancel();
    assert.equal(channel.hasUnread, false);
  });

  it("gives a ring back that became too small", () => {
    const pool = new RingPool();
    const channel = new ByteChannel(8192, pool);
    channel.write(new Uint8Array(8192));
    channel.setLimit(20_000);
    channel.write(new Uint8Array(1));
    assert.equal(pool.bytes, 8192);
    readAll(channel);
    assert.equal(pool.bytes, 8192 + 32_768);
  });

  it("gives a large ring back when it is drained or cancelled, and takes it again", () => {
    const pool = new RingPool();
    const first = new ByteChannel(65_536, pool);
    const second = new ByteChannel(65_536, pool);
    first.write(new Uint8Array(50_000));
    assert.equal(pool.bytes, 0);
    readAll(first);
    assert.equal(pool.bytes, 65_536);
    second.write(new Uint8Array(50_000));
    assert.equal(pool.bytes, 0);
    second.cancel();
    assert.equal(pool.bytes, 65_536);
    first.write(new Uint8Array(SMALL_RING));
    assert.equal(pool.bytes, 65_536, "a small ring is the channel's own");
  });

  it("takes small bites where the quota has no room for more, and goes on when it has", () => {
    const quota = new RecordingQuota({ page: 17 });
    const pool = new RingPool(quota);
    const rich = new ByteChannel(65_536, pool);
    const poor = new ByteChannel(65_536, pool);
    rich.write(new Uint8Array(10_000));
    assert.equal(quota.used("page"), 16);
    assert.equal(poor.capacity, SMALL_RING);
    assert.throws(() => poor.write(new Uint8Array(SMALL_RING + 1)), RangeError);
    poor.write(new Uint8Array(SMALL_RING));
    assert.equal(poor.capacity, 0);
    let calls = 0;
    poor.whenWritable.add(() => (calls += 1));
    poor.readInto(new Uint8Array(1));
    assert.equal(calls, 1);
    assert.equal(poor.capacity, 1);
    readAll(rich);
    assert.equal(poor.capacity, 65_536 - SMALL_RING + 1);
    for (const channel of [rich, poor]) channel.cancel();
    assert.deepEqual(quota.usage, {});
  });

  it("wakes a writer that was full only because the quota shrank under it", () => {
    const quota = new RecordingQuota({ page: 17 });
    const channel = new ByteChannel(65_536, new RingPool(quota));
    channel.write(new Uint8Array(SMALL_RING));
    quota.charge("page", 16);
    assert.equal(channel.capacity, 0);
    let calls = 0;
    channel.whenWritable.add(() => (calls += 1));
    readAll(channel);
    assert.equal(calls, 1);
  });

  it("asks the quota again before its ring grows with its limit", () => {
    const quota = new RecordingQuota({ page: 4 });
    const channel = new ByteChannel(8192, new RingPool(quota));
    channel.write(new Uint8Array(5000));
    channel.setLimit(1_000_000);
    assert.equal(channel.capacity, 8192 - 5000);
    channel.end();
    readAll(channel);
    assert.deepEqual(quota.usage, {});
  });
});

/** Writes `write` bytes at a time and reads `read`, as far as there is room, until the ring went round often. */
function checkChunks(limit: number, write: number, read: number): void {
  const channel = new ByteChannel(limit);
  let next = 0;
  let expected = 0;
  while (expected < 300) {
    if (channel.capacity >= write || channel.available === 0) {
      const bytes = Uint8Array.from({ length: write }, () => next++ & 255);
      channel.write(bytes);
    }
    const target = new Uint8Array(read);
    const count = channel.readInto(target);
    assert.ok(count > 0 && count <= read);
    for (let index = 0; index < count; index += 1) {
      assert.equal(target[index], expected++ & 255, `limit ${limit} write ${write} read ${read}`);
    }
  }
}

function readAll(channel: ByteChannel): Buffer {
  const bytes = Buffer.alloc(channel.available);
  assert.equal(channel.readInto(bytes), bytes.length);
  return bytes;
}
