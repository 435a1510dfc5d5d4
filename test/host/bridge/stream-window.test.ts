import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { describe, it } from "mocha";
import { pumpBody } from "../../../host/bridge/body.ts";
import { ChunkBody } from "../../../host/bridge/chunk-body.ts";
import { STREAM_WINDOW, STREAM_WINDOW_MAX } from "../../../host/bridge/stream-message.ts";
import { NO_QUOTA } from "../../../host/network/quota.ts";
import { Pair } from "./stream-pair.ts";
import { nextTurn, until } from "./support.ts";

describe("The window of a stream", () => {
  it("stops the writer when it is full, until the reader takes half of it", async () => {
    using pair = new Pair();
    const { sink, source } = pair.open(1);
    sink.write(new Uint8Array(STREAM_WINDOW));
    assert.equal(sink.capacity, 0);
    assert.throws(() => sink.write(new Uint8Array(1)), RangeError);
    await until(() => source.available === STREAM_WINDOW);
    source.readInto(new Uint8Array(STREAM_WINDOW / 2 - 1));
    await nextTurn();
    await nextTurn();
    assert.equal(sink.capacity, 0);
    const writable = new Promise<void>((resolve) => sink.whenWritable.add(resolve));
    source.readInto(new Uint8Array(1));
    await writable;
    assert.equal(sink.capacity, STREAM_WINDOW / 2);
  });

  it("lets the writer send more at a time to a reader who is fast, within bounds", async () => {
    using pair = new Pair();
    const { sink, source } = pair.open(1);
    let most = 0;
    const target = new Uint8Array(STREAM_WINDOW_MAX);
    for (let round = 0; round < 1000 && most < STREAM_WINDOW_MAX; round += 1) {
      most = Math.max(most, sink.capacity);
      sink.write(new Uint8Array(sink.capacity));
      await until(() => source.available > 0);
      while (source.available > 0) source.readInto(target);
      await until(() => sink.capacity > 0);
    }
    assert.equal(most, STREAM_WINDOW_MAX);
  });

  it("stays as it is for a reader who leaves bytes behind", async () => {
    using pair = new Pair();
    const { sink, source } = pair.open(1);
    const target = new Uint8Array(STREAM_WINDOW / 2);
    sink.write(new Uint8Array(STREAM_WINDOW));
    await until(() => source.available === STREAM_WINDOW);
    for (let round = 0; round < 20; round += 1) {
      source.readInto(target);
      await until(() => sink.capacity > 0);
      assert.equal(sink.capacity, STREAM_WINDOW / 2);
      sink.write(new Uint8Array(STREAM_WINDOW / 2));
      await until(() => source.available === STREAM_WINDOW);
    }
  });

  it("tells a writer that found no memory, also where another thread left some before the reader read", async () => {
    let hasRoom = false;
    using pair = new Pair({ ...NO_QUOTA, hasRoom: () => hasRoom });
    const { sink, source } = pair.open(1);
    sink.write(new Uint8Array(sink.capacity));
    assert.equal(sink.capacity, 0);
    const writable = new Promise<void>((resolve) => sink.whenWritable.add(resolve));
    hasRoom = true;
    // Whoever asks meanwhile does not wait.
    void sink.capacity;
    await until(() => source.available > 0);
    source.take(source.available);
    await writable;
    assert.ok(sink.capacity > 0);
  });

  it("carries every byte while other threads take the memory and leave it", async () => {
    let turn = 0;
    using pair = new Pair({ ...NO_QUOTA, hasRoom: () => (turn += 1) % 3 === 0 });
    const { sink, source } = pair.open(1);
    const sent = randomBytes(500_000);
    pumpBody(new ChunkBody(sent), sink);
    const got: Uint8Array[] = [];
    while (!source.ended) {
      await until(() => source.available > 0 || source.ended);
      if (source.available > 0) got.push(source.take(10_000));
    }
    assert.ok(Buffer.concat(got).equals(sent));
    const sizes = pair.heard.flatMap((message) =>
      message.tag === "stream-data" ? [message.bytes.length] : [],
    );
    assert.ok(sizes.every((size) => size > 0));
  });
});
