import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { ByteChannel } from "../../../../host/network/byte-channel.ts";
import { SocketError } from "../../../../host/network/error.ts";
import { GuestError } from "../../../../host/wasi/guest-error.ts";
import type { Guest } from "../../../../host/wasi/guest.ts";
import { IoError } from "../../../../host/wasi/io/error.ts";
import { InputStream, READ_MAX } from "../../../../host/wasi/io/input-stream.ts";
import { OutputStream } from "../../../../host/wasi/io/output-stream.ts";
import type { StreamError } from "../../../../host/wasi/io/stream-error.ts";
import { createGuest } from "../support.ts";

const U64_MAX = 2n ** 64n - 1n;

function isStreamError(error: unknown): error is GuestError<StreamError> {
  return error instanceof GuestError;
}

/** The tag of the stream-error that `operation` throws. */
async function streamErrorOf(operation: () => unknown): Promise<string> {
  try {
    await operation();
  } catch (error) {
    assert.ok(isStreamError(error));
    if (error.payload.tag === "last-operation-failed")
      assert.ok(error.payload.val instanceof IoError);
    return error.payload.tag;
  }
  return "ok";
}

interface Pipe extends Disposable {
  readonly guest: Guest;
  readonly channel: ByteChannel;
  readonly input: InputStream;
  readonly output: OutputStream;
}

/** What is written to `output` can be read from `input`. */
function createPipe(limit = 64): Pipe {
  const guest = createGuest();
  const channel = new ByteChannel(limit);
  return {
    guest,
    channel,
    input: new InputStream(guest, channel),
    output: new OutputStream(guest, channel),
    [Symbol.dispose]: () => guest[Symbol.dispose](),
  };
}

function text(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString();
}

describe("InputStream", () => {
  it("reads what is there, at most the length, and nothing where nothing is there", () => {
    using pipe = createPipe();
    assert.equal(pipe.input.read(10n).length, 0);
    pipe.channel.write(Buffer.from("hello"));
    assert.equal(text(pipe.input.read(2n)), "he");
    assert.equal(pipe.input.read(0n).length, 0);
    assert.equal(text(pipe.input.read(U64_MAX)), "llo");
  });

  it("hands over a bounded amount for an unbounded length", () => {
    using pipe = createPipe(4 * READ_MAX);
    pipe.channel.write(new Uint8Array(2 * READ_MAX));
    assert.equal(pipe.input.read(U64_MAX).length, READ_MAX);
    // A fast path hands over the u64 as the signed number that WebAssembly has.
    assert.equal(pipe.input.readable(-1n), READ_MAX);
  });

  it("gives what arrived before the end, then closed, for ever", async () => {
    using pipe = createPipe();
    pipe.channel.write(Buffer.from("x"));
    pipe.channel.end();
    assert.equal(text(pipe.input.read(10n)), "x");
    assert.equal(await streamErrorOf(() => pipe.input.read(10n)), "closed");
    assert.equal(await streamErrorOf(() => pipe.input.read(0n)), "closed");
    assert.equal(await streamErrorOf(() => pipe.input.blockingSkip(1n)), "closed");
  });

  it("reports a failure once, with its cause, and is closed afterwards", async () => {
    using pipe = createPipe();
    const failure = new SocketError("connection-reset", "Cannot read: reset by the peer");
    pipe.channel.abort(failure);
    assert.throws(
      () => pipe.input.read(1n),
      (error) =>
        isStreamError(error) &&
        error.payload.tag === "last-operation-failed" &&
        error.payload.val.failure === failure &&
        error.payload.val.toDebugString() === failure.message,
    );
    assert.equal(await streamErrorOf(() => pipe.input.read(1n)), "closed");
  });

  it("waits with blocking-read until a byte is there", async () => {
    using pipe = createPipe();
    const reading = pipe.input.blockingRead(10n);
    assert.ok(reading instanceof Promise);
    pipe.channel.write(Buffer.from("late"));
    assert.equal(text(await reading), "late");
    pipe.channel.write(Buffer.from("early"));
    assert.ok(pipe.input.blockingRead(10n) instanceof Uint8Array);
  });

  it("ends a blocking-read with the end of the stream", async () => {
    using pipe = createPipe();
    const reading = streamErrorOf(() => pipe.input.blockingRead(10n));
    pipe.channel.end();
    assert.equal(await reading, "closed");
  });

  it("skips and counts", async () => {
    using pipe = createPipe();
    pipe.channel.write(Buffer.from("abcdef"));
    assert.equal(pipe.input.skip(2n), 2n);
    assert.equal(await pipe.input.blockingSkip(U64_MAX), 4n);
    assert.equal(pipe.input.skip(1n), 0n);
  });

  it("cancels its source when it is dropped", () => {
    using pipe = createPipe();
    pipe.input[Symbol.dispose]();
    assert.equal(pipe.channel.closed, true);
  });

  it("has a pollable that is ready exactly while a read has an answer, and outlives the stream", () => {
    using pipe = createPipe();
    const pollable = pipe.input.subscribe();
    assert.equal(pollable.ready(), false);
    pipe.channel.write(Buffer.from("x"));
    assert.equal(pollable.ready(), true);
    pipe.input.read(1n);
    assert.equal(pollable.ready(), false);
    pipe.input[Symbol.dispose]();
    assert.equal(pollable.ready(), true);
  });
});

describe("OutputStream", () => {
  it("permits what fits, and traps a write of more or without a permit", () => {
    using pipe = createPipe(8);
    assert.throws(() => pipe.output.write(Buffer.from("x")), RangeError);
    assert.equal(pipe.output.checkWrite(), 8n);
    assert.throws(() => pipe.output.write(Buffer.from("123456789")), RangeError);
    pipe.output.write(Buffer.from("12345678"));
    assert.throws(() => pipe.output.write(Buffer.from("9")), RangeError);
    assert.equal(pipe.output.checkWrite(), 0n);
    pipe.output.write(new Uint8Array());
    assert.equal(text(pipe.input.read(10n)), "12345678");
  });

  it("is ready again once there is room", () => {
    using pipe = createPipe(4);
    const pollable = pipe.output.subscribe();
    assert.equal(pollable.ready(), true);
    pipe.output.checkWrite();
    pipe.output.write(Buffer.from("1234"));
    assert.equal(pollable.ready(), false);
    pipe.input.read(4n);
    assert.equal(pollable.ready(), true);
  });

  it("is closed once the reader has gone", async () => {
    using pipe = createPipe();
    pipe.output.checkWrite();
    pipe.input[Symbol.dispose]();
    for (const operation of [
      () => pipe.output.write(Buffer.from("x")),
      () => pipe.output.checkWrite(),
      () => pipe.output.flush(),
      () => pipe.output.blockingFlush(),
      () => pipe.output.blockingWriteAndFlush(Buffer.from("x")),
      () => pipe.output.blockingWriteZeroesAndFlush(1n),
      () => pipe.output.splice(createPipe().input, 1n),
      () => pipe.output.blockingSplice(createPipe().input, 1n),
    ]) {
      assert.equal(await streamErrorOf(operation), "closed");
    }
  });

  it("reports a failure once", async () => {
    using pipe = createPipe();
    pipe.channel.abort(new SocketError("connection-reset", "reset"));
    assert.equal(await streamErrorOf(() => pipe.output.checkWrite()), "last-operation-failed");
    assert.equal(await streamErrorOf(() => pipe.output.checkWrite()), "closed");
  });

  it("writes up to 4096 bytes with blocking-write-and-flush, waiting for room, and traps more", async () => {
    using pipe = createPipe(1000);
    const contents = Buffer.alloc(4096, "ab");
    const writing = pipe.output.blockingWriteAndFlush(contents);
    assert.ok(writing instanceof Promise);
    const chunks: Uint8Array[] = [];
    for (let left = contents.length; left > 0;) {
      const chunk = await pipe.input.blockingRead(U64_MAX);
      chunks.push(chunk);
      left -= chunk.length;
    }
    await writing;
    assert.deepEqual(Buffer.concat(chunks), contents);
    assert.equal(pipe.output.blockingWriteAndFlush(Buffer.from("x")), undefined);
    assert.throws(() => pipe.output.blockingWriteAndFlush(new Uint8Array(4097)), RangeError);
  });

  it("ends a blocking-write-and-flush when the reader goes", async () => {
    using pipe = createPipe(4);
    const writing = streamErrorOf(() => pipe.output.blockingWriteAndFlush(Buffer.from("12345678")));
    pipe.input[Symbol.dispose]();
    assert.equal(await writing, "closed");
  });

  it("writes zeroes within the permit, and traps more without allocating them", async () => {
    using pipe = createPipe(8);
    assert.throws(() => pipe.output.writeZeroes(U64_MAX), RangeError);
    pipe.output.checkWrite();
    assert.throws(() => pipe.output.writeZeroes(9n), RangeError);
    pipe.output.writeZeroes(3n);
    await pipe.output.blockingWriteZeroesAndFlush(2n);
    assert.deepEqual([...pipe.input.read(10n)], [0, 0, 0, 0, 0]);
    assert.throws(() => pipe.output.blockingWriteZeroesAndFlush(U64_MAX), RangeError);
  });

  it("splices what is there and fits", () => {
    using from = createPipe(64);
    using to = createPipe(8);
    assert.equal(to.output.splice(from.input, U64_MAX), 0n);
    from.channel.write(Buffer.from("hello world"));
    assert.equal(to.output.splice(from.input, 5n), 5n);
    assert.equal(to.output.splice(from.input, U64_MAX), 3n);
    assert.equal(to.output.splice(from.input, U64_MAX), 0n);
    assert.equal(text(to.input.read(64n)), "hello wo");
  });

  it("waits with blocking-splice for both sides, and reports the end of the source", async () => {
    using from = createPipe(64);
    using to = createPipe(2);
    to.output.checkWrite();
    to.output.write(Buffer.from("xx"));
    const splicing = to.output.blockingSplice(from.input, 5n);
    to.input.read(2n);
    from.channel.write(Buffer.from("y"));
    assert.equal(await splicing, 1n);
    from.channel.end();
    assert.equal(await streamErrorOf(() => to.output.blockingSplice(from.input, 5n)), "closed");
  });

  it("ends its sink when it is dropped: what was written is still read", async () => {
    using pipe = createPipe();
    await pipe.output.blockingWriteAndFlush(Buffer.from("last"));
    pipe.output[Symbol.dispose]();
    assert.equal(text(pipe.input.read(10n)), "last");
    assert.equal(await streamErrorOf(() => pipe.input.read(1n)), "closed");
  });
});

describe("a guest that is disposed", () => {
  it("ends what it waits for with a rejection, on which no stack goes on", async () => {
    const pipe = createPipe(1);
    const reading = Promise.resolve(pipe.input.blockingRead(1n));
    pipe.guest[Symbol.dispose]();
    await assert.rejects(reading, { name: "GuestDisposedError" });
    assert.equal(pipe.channel.whenReadable.isEmpty, true);
  });
});
