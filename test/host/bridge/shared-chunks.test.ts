import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { afterEach, describe, it } from "mocha";
import { Link } from "../../../host/bridge/link.ts";
import { SHARED_CHUNK } from "../../../host/bridge/shared-chunks.ts";
import { STREAM_WINDOW, type StreamMessage } from "../../../host/bridge/stream-message.ts";
import type { StreamSink } from "../../../host/bridge/stream-sink.ts";
import type { StreamSource } from "../../../host/bridge/stream-source.ts";
import { StreamTable } from "../../../host/bridge/stream-table.ts";

const links: Link<StreamMessage, StreamMessage>[] = [];

describe("Streams that lend their bytes", () => {
  afterEach(() => {
    for (const link of links.splice(0)) link.close();
  });

  it("keep the order of bytes, whatever way they cross", async () => {
    const { heard, open } = lab();
    const { sink, source } = open(1);
    const whole = randomBytes(1_000_000);
    const reading = readAll(source);
    // Small ones, large ones, ones that are given away and ones beyond a chunk, in one turn each.
    const sizes = [10, 5_000, 100, SHARED_CHUNK, 1, 4_096, SHARED_CHUNK + 1, 30_000];
    let offset = 0;
    for (let index = 0; offset < whole.length; index += 1) {
      const size = Math.min(sizes[index % sizes.length] ?? 1, whole.length - offset);
      while (sink.capacity < size) await new Promise(setImmediate);
      const bytes = Uint8Array.from(whole.subarray(offset, offset + size));
      if (index % 5 === 4) {
        sink.give(bytes);
      } else {
        sink.write(bytes);
        // The caller may reuse the array at once.
        bytes.fill(0);
      }
      offset += size;
    }
    sink.end();
    assert.ok((await reading).equals(whole));
    assert.equal(heard.filter((tag) => tag === "stream-memory").length, 1);
    assert.ok(heard.includes("stream-chunk") && heard.includes("stream-data"));
  });

  it("go on in messages while readers have all chunks, and lend again once those were read or dropped", async () => {
    const { heard, open } = lab();
    const size = STREAM_WINDOW / 4;
    const streams = Array.from({ length: 24 }, (_, index) => open(index + 1));
    const written = streams.map(({ sink }) => {
      const bytes = randomBytes(STREAM_WINDOW);
      for (let offset = 0; offset < STREAM_WINDOW; offset += size) {
        sink.write(bytes.subarray(offset, offset + size));
      }
      return bytes;
    });
    await until(() => streams.every(({ source }) => source.available === STREAM_WINDOW));
    assert.equal(heard.filter((tag) => tag === "stream-chunk").length, 64);
    assert.equal(heard.filter((tag) => tag === "stream-data").length, 32);
    streams.forEach(({ source }, index) => {
      const [dropped, taken] = [index % 3 === 0, index % 3 === 1];
      if (dropped) {
        source.cancel();
        return;
      }
      const got = Buffer.alloc(STREAM_WINDOW);
      for (let offset = 0; source.available > 0;) {
        const bytes = taken ? source.take(10_000) : got.subarray(offset, offset + 10_000);
        offset += taken ? bytes.length : source.readInto(bytes);
        if (taken) got.set(bytes, offset - bytes.length);
      }
      assert.ok(got.equals(written[index] ?? Buffer.alloc(0)));
    });
    heard.length = 0;
    await until(() => streams.every(({ sink }) => sink.closed || sink.capacity > 0));
    for (const { sink } of streams) if (!sink.closed) sink.write(randomBytes(size));
    await until(() => heard.filter((tag) => tag === "stream-chunk").length === 16);
    assert.ok(!heard.includes("stream-data"));
  });

  it("cross without a copy where they were filled into reserved room", async () => {
    const { heard, open } = lab();
    const { sink, source } = open(1);
    const room = sink.reserve();
    assert.ok(room);
    assert.equal(room.length, SHARED_CHUNK);
    const sent = randomBytes(SHARED_CHUNK - 7);
    room.set(sent);
    sink.write(room.subarray(0, sent.length));
    // Nothing happens, since it was written.
    sink.release(room);
    await until(() => source.available === sent.length);
    assert.ok(sent.equals(source.peek(SHARED_CHUNK)));
    assert.equal(source.peek(1).byteOffset, room.byteOffset);
    assert.deepEqual(heard, ["stream-memory", "stream-chunk"]);
  });

  it("copy from reserved room what is too small to be lent", async () => {
    const { heard, open } = lab();
    const { sink, source } = open(1);
    const room = sink.reserve();
    assert.ok(room);
    room.fill(1);
    sink.write(room.subarray(0, 100));
    room.fill(2);
    sink.release(room);
    assert.equal(sink.reserve()?.byteOffset, room.byteOffset);
    await until(() => source.available === 100);
    assert.ok(Buffer.alloc(100, 1).equals(source.take(100)));
    assert.ok(!heard.includes("stream-chunk"));
  });

  it("copy what is from within reserved room", async () => {
    const { open } = lab();
    const { sink, source } = open(1);
    const room = sink.reserve();
    assert.ok(room);
    const sent = randomBytes(10_000);
    room.set(sent);
    sink.write(room.subarray(5_000, sent.length));
    room.fill(0);
    sink.release(room);
    await until(() => source.available === 5_000);
    assert.ok(sent.subarray(5_000).equals(source.take(5_000)));
  });

  it("leave room to others while some keep theirs, and have it back when it is released", () => {
    const { open } = lab();
    const sinks = Array.from({ length: 40 }, (_, index) => open(index + 1).sink);
    const rooms = sinks.map((sink) => [sink, sink.reserve()] as const);
    const shared = rooms.filter(([, room]) => room?.buffer instanceof SharedArrayBuffer);
    assert.equal(shared.length, 32);
    assert.equal(new Set(shared.map(([, room]) => room?.byteOffset)).size, 32);
    for (const [sink, room] of rooms) if (room !== undefined) sink.release(room);
    assert.ok(sinks[39]?.reserve()?.buffer instanceof SharedArrayBuffer);
  });

  it("keep no chunk for what would not fit, but have it read to where it is copied from", () => {
    const { open } = lab();
    const { sink } = open(1);
    sink.write(new Uint8Array(STREAM_WINDOW - SHARED_CHUNK + 1));
    const room = sink.reserve();
    assert.ok(room?.buffer instanceof ArrayBuffer);
    sink.release(room);
    sink.end();
    assert.ok(sink.reserve() === undefined);
  });

  it("leave to their reader what it has taken", async () => {
    const { open } = lab();
    const { sink, source } = open(1);
    sink.write(Buffer.alloc(SHARED_CHUNK, "a"));
    await until(() => source.available > 0);
    const taken = source.take(SHARED_CHUNK);
    sink.write(Buffer.alloc(SHARED_CHUNK, "b"));
    await until(() => source.available > 0);
    assert.ok(Buffer.from(taken).equals(Buffer.alloc(SHARED_CHUNK, "a")));
    assert.ok(Buffer.from(source.peek(SHARED_CHUNK)).equals(Buffer.alloc(SHARED_CHUNK, "b")));
  });
});

interface Lab {
  readonly heard: StreamMessage["tag"][];
  readonly open: (id: number) => { readonly sink: StreamSink; readonly source: StreamSource };
}

function lab(): Lab {
  const { port1, port2 } = new MessageChannel();
  const heard: StreamMessage["tag"][] = [];
  const left: Link<StreamMessage, StreamMessage> = new Link(port1, {
    receive: (message) => writer.receive(message),
    ended,
  });
  const right: Link<StreamMessage, StreamMessage> = new Link(port2, {
    receive: (message) => {
      heard.push(message.tag);
      reader.receive(message);
    },
    ended,
  });
  links.push(left, right);
  const writer = new StreamTable(left, { lend: true });
  const reader = new StreamTable(right);
  const open: Lab["open"] = (id) => ({
    sink: writer.openSink(id, 0),
    source: reader.openSource(id, undefined),
  });
  return { heard, open };
}

function ended(): void {}

async function readAll(source: StreamSource): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  while (!source.ended) {
    const bytes = source.take(50_000);
    parts.push(bytes);
    if (bytes.length === 0) await new Promise<void>((resolve) => source.whenReadable.add(resolve));
  }
  return Buffer.concat(parts);
}

async function until(isTrue: () => boolean): Promise<void> {
  while (!isTrue()) await new Promise(setImmediate);
}
