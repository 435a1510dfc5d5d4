import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { ByteChannel } from "../../../../host/network/byte-channel.ts";
import { SocketError } from "../../../../host/network/error.ts";
import { IoError } from "../../../../host/wasi/io/error.ts";
import "../../../../host/wasi/io/imports.ts";
import { InputStream, READ_MAX } from "../../../../host/wasi/io/input-stream.ts";
import { OutputStream } from "../../../../host/wasi/io/output-stream.ts";
import { Pollable } from "../../../../host/wasi/io/pollable.ts";
import { type Resource, resourceByRep } from "../../../../host/wasi/resource.ts";
import { coreFunction, emptyTable, giveHandle, TestMemory } from "../core-function.ts";
import { createGuest } from "../support.ts";

const RESULT = 64;
const U64_MAX_SIGNED = -1n;

/** An instance that holds both ends of a channel. */
class Instance implements Disposable {
  readonly guest = createGuest();
  readonly channel: ByteChannel;
  readonly memory = new TestMemory();
  readonly pollables = emptyTable();
  readonly errors = emptyTable();
  readonly inputs = emptyTable();
  readonly outputs = emptyTable();
  readonly input: number;
  readonly output: number;

  constructor(limit = 64) {
    this.channel = new ByteChannel(limit);
    this.input = giveHandle(this.inputs, new InputStream(this.guest, this.channel));
    this.output = giveHandle(this.outputs, new OutputStream(this.guest, this.channel));
  }

  call(name: "read" | "skip" | "write" | "checkWrite" | "flush" | "splice" | "writeZeroes") {
    const { memory, realloc } = this.memory;
    const isInput = name === "read" || name === "skip";
    const own = isInput
      ? [this.inputs]
      : name === "splice"
        ? [this.inputs, this.outputs]
        : [this.outputs];
    const implementation: unknown = Reflect.get(
      isInput ? InputStream.prototype : OutputStream.prototype,
      name,
    );
    assert.ok(typeof implementation === "function");
    return coreFunction(implementation, { memory, realloc, resourceTables: [this.errors, ...own] });
  }

  resource(table: number[], handle: number): Resource {
    return resourceByRep((table[handle * 2 + 1] ?? 0) & ~(1 << 30));
  }

  [Symbol.dispose](): void {
    this.guest[Symbol.dispose]();
  }
}

describe("input-stream fast path", () => {
  it("reads into memory that the guest allocates", () => {
    using instance = new Instance();
    instance.channel.write(Buffer.from("hello"));
    instance.call("read")(instance.input, 3n, RESULT);
    assert.equal(instance.memory.view.getUint8(RESULT), 0);
    assert.equal(instance.memory.textAt(RESULT + 4), "hel");
    assert.deepEqual(instance.memory.allocations, [3]);
  });

  it("allocates what is there, not what is asked for, and no more than a bound", () => {
    using instance = new Instance(2 * READ_MAX);
    instance.channel.write(Buffer.from("hello"));
    instance.call("read")(instance.input, U64_MAX_SIGNED, RESULT);
    assert.equal(instance.memory.textAt(RESULT + 4), "hello");
    instance.channel.write(new Uint8Array(2 * READ_MAX));
    instance.call("read")(instance.input, U64_MAX_SIGNED, RESULT);
    assert.deepEqual(instance.memory.allocations, [5, READ_MAX]);
  });

  it("writes an empty list without allocating where nothing is there", () => {
    using instance = new Instance();
    instance.call("read")(instance.input, 3n, RESULT);
    assert.equal(instance.memory.view.getUint8(RESULT), 0);
    assert.equal(instance.memory.view.getUint32(RESULT + 8, true), 0);
    assert.deepEqual(instance.memory.allocations, []);
  });

  it("writes a failure with an error resource, then closed", () => {
    using instance = new Instance();
    const failure = new SocketError("connection-reset", "reset");
    instance.channel.abort(failure);
    instance.call("read")(instance.input, 3n, RESULT);
    assert.deepEqual(instance.memory.bytesAt(RESULT, 1), [1]);
    assert.deepEqual(instance.memory.bytesAt(RESULT + 4, 1), [0]);
    const error = instance.resource(
      instance.errors,
      instance.memory.view.getUint32(RESULT + 8, true),
    );
    assert.ok(error instanceof IoError);
    assert.equal(error.failure, failure);
    instance.call("skip")(instance.input, 3n, RESULT);
    assert.deepEqual(instance.memory.bytesAt(RESULT, 1), [1]);
    assert.deepEqual(instance.memory.bytesAt(RESULT + 8, 1), [1]);
  });

  it("skips and writes a u64", () => {
    using instance = new Instance();
    instance.channel.write(Buffer.from("hello"));
    instance.call("skip")(instance.input, 3n, RESULT);
    assert.equal(instance.memory.view.getUint8(RESULT), 0);
    assert.equal(instance.memory.view.getBigUint64(RESULT + 8, true), 3n);
  });

  it("traps a result pointer outside the memory", () => {
    using instance = new Instance();
    for (const pointer of [65_536, 65_535, -1, -12, 2 ** 31 - 1]) {
      assert.throws(() => instance.call("read")(instance.input, 3n, pointer), RangeError);
    }
  });

  it("traps a handle of an output-stream, a dropped and an invented one", () => {
    using instance = new Instance();
    const stranger = new Instance();
    for (const handle of [0, -1, 2, 77, 2 ** 31 - 1]) {
      assert.throws(() => instance.call("read")(handle, 3n, RESULT), RangeError);
    }
    stranger[Symbol.dispose]();
    assert.throws(() => stranger.call("read")(stranger.input, 3n, RESULT), RangeError);
  });

  it("subscribes with a pollable of its own", () => {
    using instance = new Instance();
    const subscribe = coreFunction(InputStream.prototype["subscribe"], {
      resourceTables: [instance.pollables, instance.inputs],
    });
    const pollable = instance.resource(instance.pollables, Number(subscribe(instance.input)));
    assert.ok(pollable instanceof Pollable);
    const ready = coreFunction(Pollable.prototype["ready"], {
      resourceTables: [instance.pollables],
    });
    assert.equal(ready(1), 0);
    instance.channel.end();
    assert.equal(ready(1), 1);
  });
});

describe("output-stream fast path", () => {
  it("writes from the guest's memory what check-write permitted", () => {
    using instance = new Instance(8);
    instance.call("checkWrite")(instance.output, RESULT);
    assert.equal(instance.memory.view.getUint8(RESULT), 0);
    assert.equal(instance.memory.view.getBigUint64(RESULT + 8, true), 8n);
    const [pointer, length] = instance.memory.put("12345678");
    instance.call("write")(instance.output, pointer, length, RESULT);
    assert.equal(instance.memory.view.getUint8(RESULT), 0);
    assert.equal(instance.channel.available, 8);
    assert.throws(() => instance.call("write")(instance.output, pointer, 1, RESULT), RangeError);
  });

  it("traps contents outside the memory", () => {
    using instance = new Instance(2 ** 20);
    instance.call("checkWrite")(instance.output, RESULT);
    for (const [pointer, length] of [
      [65_536, 1],
      [65_000, 1000],
      [-1, 2],
      [0, -1],
    ] as const) {
      assert.throws(
        () => instance.call("write")(instance.output, pointer, length, RESULT),
        RangeError,
      );
    }
    assert.equal(instance.channel.available, 0);
  });

  it("writes closed once the reader has gone", () => {
    using instance = new Instance();
    instance.channel.cancel();
    instance.call("checkWrite")(instance.output, RESULT);
    assert.deepEqual(
      [instance.memory.bytesAt(RESULT, 1), instance.memory.bytesAt(RESULT + 8, 1)],
      [[1], [1]],
    );
    instance.call("flush")(instance.output, RESULT);
    assert.deepEqual(
      [instance.memory.bytesAt(RESULT, 1), instance.memory.bytesAt(RESULT + 4, 1)],
      [[1], [1]],
    );
  });

  it("traps zeroes beyond the permit", () => {
    using instance = new Instance(8);
    instance.call("checkWrite")(instance.output, RESULT);
    assert.throws(
      () => instance.call("writeZeroes")(instance.output, U64_MAX_SIGNED, RESULT),
      RangeError,
    );
    instance.call("writeZeroes")(instance.output, 8n, RESULT);
    assert.equal(instance.channel.available, 8);
  });

  it("splices between two channels and tells the tables apart", () => {
    using instance = new Instance(8);
    const from = new ByteChannel(8);
    from.write(Buffer.from("abc"));
    const source = giveHandle(instance.inputs, new InputStream(instance.guest, from));
    instance.call("splice")(instance.output, source, U64_MAX_SIGNED, RESULT);
    assert.equal(instance.memory.view.getUint8(RESULT), 0);
    assert.equal(instance.memory.view.getBigUint64(RESULT + 8, true), 3n);
    assert.equal(instance.channel.available, 3);
    from.end();
    instance.call("splice")(instance.output, source, 1n, RESULT);
    assert.deepEqual(
      [instance.memory.bytesAt(RESULT, 1), instance.memory.bytesAt(RESULT + 8, 1)],
      [[1], [1]],
    );
  });
});
