import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { MessageChannel } from "node:worker_threads";
import { describe, it } from "mocha";
import { SocketError } from "../../../host/network/error.ts";
import { Link } from "../../../host/bridge/link.ts";
import { LinkError } from "../../../host/bridge/error.ts";
import { ChunkLender, SHARED_CHUNK } from "../../../host/bridge/shared-chunks.ts";
import {
  STREAM_WINDOW,
  STREAM_WINDOW_MAX,
  type StreamMessage,
} from "../../../host/bridge/stream-message.ts";
import type { StreamSink } from "../../../host/bridge/stream-sink.ts";
import { StreamTable } from "../../../host/bridge/stream-table.ts";
import { Pair } from "./stream-pair.ts";
import { nextTurn, readAll, readText, until } from "./support.ts";

describe("Streams over a link", () => {
  it("deliver what was written, then the end and the trailers", async () => {
    using pair = new Pair();
    const { sink, source } = pair.open(1);
    sink.write(Buffer.from("one "));
    sink.write(Buffer.from("two"));
    sink.end([["checksum", "7"]]);
    assert.equal(await readText(source), "one two");
    assert.deepEqual(source.trailers, [["checksum", "7"]]);
    assert.equal(pair.size, 0);
  });

  it("copy what is written, so that the writer may reuse its array", async () => {
    using pair = new Pair();
    const { sink, source } = pair.open(1);
    const bytes = new Uint8Array(10_000).fill(1);
    sink.write(bytes);
    bytes.fill(2);
    sink.end();
    assert.deepEqual(await readAll(source), Buffer.alloc(10_000, 1));
  });

  it("cross what was written in one turn as one chunk", async () => {
    using pair = new Pair();
    const { sink } = pair.open(1);
    for (let count = 0; count < 50; count += 1) sink.write(Buffer.from("x"));
    await until(() => pair.heard.length > 0);
    assert.equal(pair.heard.length, 1);
    assert.equal(pair.heard[0]?.tag === "stream-data" && pair.heard[0].bytes.length, 50);
  });

  it("cross large chunks that were given as they are, among small ones in order", async () => {
    using pair = new Pair();
    const { sink, source } = pair.open(1);
    const chunks = [10_000, 3, 5, 20_000, 30_000, 7].map((size, index) =>
      new Uint8Array(size).fill(index),
    );
    const expected = Buffer.concat(chunks);
    for (const chunk of chunks) sink.give(chunk);
    sink.end();
    assert.ok(expected.equals(await readAll(source)));
    assert.deepEqual(
      pair.heard.map((message) => message.tag === "stream-data" && message.bytes.length),
      [10_000, 50_015, false],
    );
  });

  it("hand over what came without a copy, as much as is asked for", async () => {
    using pair = new Pair();
    const { sink, source } = pair.open(1);
    sink.give(new Uint8Array(10_000).fill(1));
    sink.write(new Uint8Array(STREAM_WINDOW - 10_000).fill(2));
    sink.end();
    await until(() => source.available === STREAM_WINDOW);
    assert.equal(source.take(4_000).length, 4_000);
    assert.equal(source.take(0).length, 0);
    assert.equal(source.take(9_000).length, 6_000);
    let left = STREAM_WINDOW - 10_000;
    while (source.available > 0) left -= source.take(50_000).length;
    assert.equal(left, 0);
    assert.equal(source.take(1).length, 0);
    assert.equal(source.ended, true);
  });

  it("carry many streams in both directions at once, each with its own order and pace", async () => {
    using pair = new Pair();
    const streams = Array.from({ length: 20 }, (_, index) => {
      const { sink, source } = index % 2 === 0 ? pair.open(index + 1) : pair.openBack(index + 1);
      const bytes = randomBytes(index * 50_000 + 1);
      void writeAll(sink, bytes);
      return { source, bytes };
    });
    await Promise.all(
      streams.map(async ({ source, bytes }) =>
        assert.ok(bytes.equals(await readAll(source)), "bytes differ"),
      ),
    );
    await until(() => pair.size === 0);
  });

  it("break with the failure of the writer, its code and message", async () => {
    using pair = new Pair();
    const { sink, source } = pair.open(1);
    sink.write(Buffer.from("lost"));
    sink.abort(new SocketError("connection-reset", "The peer reset the connection"));
    sink.abort(new Error("too late"));
    sink.end();
    await until(() => source.ended);
    assert.ok(source.failure instanceof SocketError);
    assert.equal(source.failure.code, "connection-reset");
    assert.equal(source.failure.message, "The peer reset the connection");
    assert.equal(source.available, 0);
    assert.equal(pair.size, 0);
  });

  it("close the writer's end when the reader cancels, whatever is under way", async () => {
    using pair = new Pair();
    const { sink, source } = pair.open(1);
    const { sink: other, source: otherSource } = pair.open(2);
    sink.write(Buffer.from("unwanted"));
    source.cancel();
    source.cancel();
    assert.ok(source.ended);
    sink.write(Buffer.from("unwanted"));
    await until(() => sink.closed);
    assert.equal(sink.failure, undefined);
    assert.equal(sink.capacity, 0);
    await until(() => pair.size === 2);
    other.end();
    await until(() => otherSource.ended);
    assert.equal(pair.failure, undefined);
  });

  it("survive a credit and a cancel that cross the end", async () => {
    using pair = new Pair();
    const { sink, source } = pair.open(1);
    sink.write(new Uint8Array(STREAM_WINDOW));
    await until(() => source.available > 0);
    sink.end();
    source.readInto(new Uint8Array(STREAM_WINDOW));
    source.cancel();
    await until(() => pair.size === 0);
    await nextTurn();
    await nextTurn();
    assert.equal(pair.failure, undefined);
  });

  it("fail at both ends when one end of the link goes away", async () => {
    using pair = new Pair();
    const { sink, source } = pair.open(1);
    const { sink: back, source: backSource } = pair.openBack(1);
    pair.breakLeft();
    await until(() => source.ended && back.closed);
    for (const failure of [source.failure, back.failure, sink.failure, backSource.failure]) {
      assert.ok(failure instanceof LinkError);
      assert.equal(failure.code, "closed");
    }
    assert.equal(pair.size, 0);
    assert.ok(pair.left.openSink(9, 0).closed);
  });

  describe("with a peer that misbehaves", () => {
    const violations: [string, StreamMessage[]][] = [
      ["bytes beyond the credit", [data(1, STREAM_WINDOW), data(1, 1)]],
      ["a chunk larger than the window", [data(1, STREAM_WINDOW + 1)]],
      ["an empty chunk", [data(1, 0)]],
      ["bytes of a stream that was never opened", [data(7, 1)]],
      ["an end of a stream that was never opened", [end(7)]],
      ["two ends", [end(1), end(1)]],
      ["bytes behind the end", [end(1), data(1, 1)]],
      ["a credit for a stream that was never opened", [credit(7, 1)]],
      ["a cancel of a stream that was never opened", [{ tag: "stream-cancel", id: 7 }]],
      ["a credit for bytes that were not sent", [credit(1, 1)]],
      ["a negative credit", [credit(1, -5)]],
      ["a credit of nothing", [credit(1, 0)]],
      ["a credit of no number", [credit(1, Number.NaN)]],
      ["a window beyond all bounds", [grow(1, STREAM_WINDOW_MAX)]],
      ["a window that shrinks", [grow(1, -1)]],
      ["a window of no number", [grow(1, Number.NaN)]],
      ["a chunk of memory that was not shared", [chunk(1, 0, 5)]],
      ["shared memory of another size", [memory(10)]],
      ["shared memory twice", [memory(), memory()]],
      ["a chunk that was not lent", [memory(), chunk(1, 0, 5)]],
      ["a chunk that there is not", [memory(), chunk(1, 4096, 5)]],
      ["a chunk of no number", [memory(), chunk(1, Number.NaN, 5)]],
      [
        "pressure that is neither on nor off",
        [JSON.parse('{"tag":"stream-pressure","isTight":1}')],
      ],
      ["a chunk longer than it is", [memory(), chunk(1, 0, SHARED_CHUNK + 1)]],
    ];
    for (const [name, messages] of violations) {
      it(`end the link on ${name}`, async () => {
        const { port1, port2 } = new MessageChannel();
        const ended = Promise.withResolvers<LinkError>();
        const streams: StreamTable = new StreamTable(
          new Link<StreamMessage, StreamMessage>(port1, {
            receive: (message) => streams.receive(message),
            ended: (failure) => {
              streams.break(failure);
              ended.resolve(failure);
            },
          }),
        );
        const source = streams.openSource(1, undefined);
        const sink = streams.openSink(1, 0);
        port2.postMessage(messages);
        const failure = await ended.promise;
        assert.equal(failure.code, "protocol-violation");
        assert.ok(source.ended);
        assert.equal(sink.failure, failure);
      });
    }

    it("end the link on a credit for more than was left unread at the end", async () => {
      using pair = new Pair();
      const { sink } = pair.open(1);
      sink.write(new Uint8Array(100_000));
      sink.end();
      await until(() => pair.heard.some(({ tag }) => tag === "stream-end"));
      assert.throws(() => pair.left.receive(credit(1, 100_001)), { code: "protocol-violation" });
      pair.left.receive(credit(1, 100_000));
      // Nothing is known of it any more.
      pair.left.receive(credit(1, 1));
    });
  });
});

async function writeAll(sink: StreamSink, bytes: Uint8Array): Promise<void> {
  for (let offset = 0; offset < bytes.length;) {
    const count = Math.min(sink.capacity, 30_000, bytes.length - offset);
    if (count === 0) await new Promise<void>((resolve) => sink.whenWritable.add(resolve));
    else sink.write(bytes.subarray(offset, offset + count));
    offset += count;
  }
  sink.end();
}

function data(id: number, length: number): StreamMessage {
  return { tag: "stream-data", id, bytes: new Uint8Array(length) };
}

function chunk(id: number, index: number, length: number): StreamMessage {
  return { tag: "stream-chunk", id, chunk: index, length };
}

function memory(size: number = new ChunkLender().memory.byteLength): StreamMessage {
  return { tag: "stream-memory", memory: new SharedArrayBuffer(size) };
}

function end(id: number): StreamMessage {
  return { tag: "stream-end", id, trailers: undefined };
}

function grow(id: number, growth: number): StreamMessage {
  return { tag: "stream-credit", id, bytes: 0, growth };
}

function credit(id: number, bytes: number): StreamMessage {
  return { tag: "stream-credit", id, bytes };
}
