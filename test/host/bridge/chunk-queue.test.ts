import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { ChunkQueue } from "../../../host/bridge/chunk-queue.ts";

describe("ChunkQueue", () => {
  it("hands bytes over in order whatever their chunks and reads were", () => {
    const queue = new ChunkQueue();
    const expected: number[] = [];
    const got: number[] = [];
    let next = 0;
    for (const [index, size] of [1, 5000, 3, 1024, 1025, 0, 7, 2000, 900, 900, 900].entries()) {
      const bytes = Uint8Array.from({ length: size }, () => (next = (next + 1) % 251));
      expected.push(...bytes);
      if (index % 2 === 0) queue.push(bytes);
      else queue.append(bytes);
      const target = new Uint8Array(333);
      got.push(...target.subarray(0, queue.readInto(target)));
    }
    const rest = queue.length;
    const last = queue.takeAll();
    assert.equal(last.length, rest);
    got.push(...last);
    assert.deepEqual(got, expected);
    assert.equal(queue.length, 0);
  });

  it("keeps a copy of what is appended", () => {
    const queue = new ChunkQueue();
    const bytes = new Uint8Array([1, 2, 3]);
    queue.append(bytes);
    bytes.fill(9);
    queue.append(bytes);
    assert.deepEqual(queue.takeAll(), new Uint8Array([1, 2, 3, 9, 9, 9]));
  });

  it("takes everything out over a buffer of exactly its size", () => {
    const queue = new ChunkQueue();
    for (let count = 0; count < 100; count += 1) queue.append(new Uint8Array([count]));
    assert.equal(queue.takeAll().buffer.byteLength, 100);
    queue.push(new Uint8Array(100).subarray(0, 10));
    assert.equal(queue.takeAll().buffer.byteLength, 10);
  });

  it("takes the rest of a chunk that was read in part, with others as long as it behind", () => {
    const queue = new ChunkQueue();
    queue.push(new Uint8Array(2000).fill(1));
    queue.push(new Uint8Array(1500).fill(2));
    queue.readInto(new Uint8Array(1500));
    const bytes = queue.takeAll();
    assert.equal(bytes.length, 2000);
    assert.deepEqual([bytes[0], bytes[499], bytes[500], bytes[1999]], [1, 1, 2, 2]);
  });

  it("holds many small chunks in few buffers", () => {
    const queue = new ChunkQueue();
    const one = new Uint8Array(1);
    const before = process.memoryUsage().arrayBuffers;
    for (let count = 0; count < 100_000; count += 1) queue.push(one);
    assert.equal(queue.length, 100_000);
    assert.ok(process.memoryUsage().arrayBuffers - before < 1_000_000);
  });
});
