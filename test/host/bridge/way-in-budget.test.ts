import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { describe, it } from "mocha";
import { STREAM_FLOOR } from "../../../host/bridge/stream-budget.ts";
import type { ByteSink, ByteSource } from "../../../host/network/byte-stream.ts";
import { HostQuota, type QuotaPlace } from "../../../host/network/host-quota.ts";
import type { Connection } from "../../../host/network/network.ts";
import { QUOTA_PAGE } from "../../../host/network/quota.ts";
import { SharedQuota } from "../../../host/network/shared-quota.ts";
import { nextTurn, until } from "./support.ts";
import { Shore } from "./way-in-support.ts";

/** Pages of 1 MiB: four first windows. */
const PAGES = 256;

/** What the rings of the connections inside take past the quota, a page a direction, and one page more or less. */
const SMALL_RINGS = 2;

describe("Bytes on their way through a bridge", () => {
  for (const [direction, count] of [
    ["into the cell", 40],
    ["out of the cell", 40],
  ] as const) {
    const toEnds = (pair: Pair): Ends =>
      direction === "into the cell" ? [pair.outside, pair.inside] : [pair.inside, pair.outside];

    it(`are within the quota on many connections that nobody reads, and all arrive then, ${direction}`, async () => {
      using lab = new Lab();
      const pairs = await lab.open(count);
      const others = await lab.other.open(1);
      const sent = pairs.map(() => randomBytes(400_000));
      const writers = pairs.map((pair, index) => new Writer(toEnds(pair)[0].sink, sent[index]));
      await untilQuiet(() => writers.reduce((total, { offset }) => total + offset, 0));
      const written = writers.reduce((total, { offset }) => total + offset, 0);
      assert.ok(writers.every(({ offset }) => offset >= STREAM_FLOOR));
      assert.ok(lab.place.used("page") <= PAGES + count * SMALL_RINGS);
      const most = (PAGES + count * SMALL_RINGS) * QUOTA_PAGE + count * STREAM_FLOOR;
      assert.ok(written <= most, `${written} bytes are under way, not ${most}`);
      // Those who share nothing with them have all of their window.
      assert.equal(lab.other.place.used("page"), 0);
      assert.ok(others.every((pair) => toEnds(pair)[0].sink.capacity > 100_000));

      const got = await Promise.all(pairs.map((pair) => readAll(toEnds(pair)[1].source)));
      got.forEach((bytes, index) => assert.ok(bytes.equals(sent[index] ?? Buffer.alloc(0))));
      await lab.close(pairs);
    });

    it(`go on where all the others are not read, ${direction}`, async () => {
      using lab = new Lab();
      const pairs = await lab.open(20);
      const stalled = pairs.map((pair) => new Writer(toEnds(pair)[0].sink, randomBytes(400_000)));
      await untilQuiet(() => stalled.reduce((total, { offset }) => total + offset, 0));
      const [pair] = await lab.open(1);
      assert.ok(pair);
      const sent = randomBytes(1_000_000);
      void new Writer(toEnds(pair)[0].sink, sent);
      assert.ok((await readAll(toEnds(pair)[1].source)).equals(sent));
      await lab.close([...pairs, pair]);
    });
  }

  it("count behind the end of a connection, until they were read or dropped", async () => {
    using lab = new Lab();
    const pairs = await lab.open(3);
    for (const { outside } of pairs) {
      outside.sink.write(randomBytes(150_000));
      outside.sink.end();
    }
    await until(() => pairs.every(({ inside }) => inside.source.available > 0));
    await nextTurn();
    await nextTurn();
    assert.ok(lab.place.used("page") >= Math.floor((3 * 150_000 - 3 * STREAM_FLOOR) / QUOTA_PAGE));
    const [first, ...rest] = pairs;
    assert.ok(first);
    assert.equal((await readAll(first.inside.source)).length, 150_000);
    for (const { inside } of rest) inside.reset();
    await until(() => lab.place.used("page") <= rest.length);
    await lab.close(pairs);
  });

  it("are credited for what was read without haste, once others want the memory", async () => {
    using lab = new Lab();
    // Each less than the half of a window, after which it is credited anyway.
    const read = await lab.open(6);
    for (const { outside, inside } of read) {
      outside.sink.write(randomBytes(100_000));
      await readBytes(inside.source, 100_000);
    }
    const pairs = await lab.open(20);
    const writers = pairs.map(({ outside }) => new Writer(outside.sink, randomBytes(400_000)));
    await untilQuiet(() => writers.reduce((total, { offset }) => total + offset, 0));
    for (const { outside } of read) assert.ok(outside.sink.capacity >= STREAM_FLOOR);
    for (const { outside, inside } of read) {
      outside.sink.write(new Uint8Array(STREAM_FLOOR));
      await readBytes(inside.source, STREAM_FLOOR);
    }
    await lab.close([...read, ...pairs]);
  });

  it("count where they wait outside for room, and are given back", async () => {
    using lab = new Lab();
    const [pair] = await lab.open(1);
    assert.ok(pair);
    const { sink } = pair.outside;
    sink.countWaiting?.(STREAM_FLOOR + 10 * QUOTA_PAGE);
    assert.equal(lab.place.used("page"), 10);
    // It takes nothing from what may be under way.
    assert.ok(sink.capacity >= STREAM_FLOOR);
    sink.countWaiting?.(0);
    assert.equal(lab.place.used("page"), 0);
    const room = sink.reserve?.();
    assert.ok(room);
    assert.ok(lab.place.used("page") > 0);
    sink.release?.(room);
    assert.equal(lab.place.used("page"), 0);
    await lab.close([pair]);
  });

  it("hold nothing once the cell is gone", async () => {
    using lab = new Lab();
    const pairs = await lab.open(5);
    for (const { outside } of pairs) outside.sink.write(new Uint8Array(outside.sink.capacity));
    pairs[0]?.outside.sink.end();
    await nextTurn();
    assert.ok(lab.place.used("page") > 0);
    lab.shore.network[Symbol.dispose]();
    lab.shore.main[Symbol.dispose]();
    lab.shore.cell[Symbol.dispose]();
    await until(() => lab.place.used("page") === 0);
  });
});

type Ends = readonly [writer: Connection, reader: Connection];

interface Pair {
  readonly outside: Connection;
  readonly inside: Connection;
}

/** A workload behind a bridge whose network and bridge have one quota, as in a cell. */
class Workload {
  readonly place: QuotaPlace;
  readonly shore: Shore;
  readonly #listener;

  constructor(host: HostQuota) {
    this.place = host.admit({ page: PAGES });
    this.shore = new Shore({ quota: new SharedQuota(this.place.seat) });
    this.#listener = this.shore.listen();
  }

  async open(count: number): Promise<Pair[]> {
    const pairs: Pair[] = [];
    while (pairs.length < count) pairs.push(await this.shore.link(this.#listener));
    return pairs;
  }

  /** Resets all of these, after which nothing must be held. */
  async close(pairs: readonly Pair[]): Promise<void> {
    for (const { outside, inside } of pairs) {
      outside.reset();
      inside.reset();
    }
    await this.shore.idle();
    await until(() => this.place.used("page") === 0);
  }
}

class Lab extends Workload implements Disposable {
  readonly other: Workload;

  constructor() {
    const host = new HostQuota({});
    super(host);
    this.other = new Workload(host);
  }

  [Symbol.dispose](): void {
    this.shore[Symbol.dispose]();
    this.other.shore[Symbol.dispose]();
  }
}

/** Writes all of `bytes` as there is room for them, and then the end. */
class Writer {
  offset = 0;
  readonly #sink: ByteSink;
  readonly #bytes: Uint8Array;

  constructor(sink: ByteSink, bytes: Uint8Array = new Uint8Array()) {
    this.#sink = sink;
    this.#bytes = bytes;
    this.#step();
  }

  readonly #step = (): void => {
    const { capacity, closed } = this.#sink;
    if (closed) return;
    const bytes = this.#bytes.subarray(this.offset, this.offset + Math.min(capacity, 65_536));
    this.offset += bytes.length;
    this.#sink.write(bytes);
    if (this.offset === this.#bytes.length) this.#sink.end();
    else if (bytes.length > 0) setImmediate(this.#step);
    else this.#sink.whenWritable.add(this.#step);
  };
}

async function readAll(source: ByteSource): Promise<Buffer> {
  const parts: Buffer[] = [];
  while (!source.ended) {
    if (source.available > 0) parts.push(await readBytes(source, source.available));
    else await new Promise<void>((resolve) => source.whenReadable.add(resolve));
  }
  assert.equal(source.failure, undefined);
  return Buffer.concat(parts);
}

async function readBytes(source: ByteSource, count: number): Promise<Buffer> {
  const bytes = Buffer.alloc(count);
  for (let offset = 0; offset < count;) {
    await until(() => source.available > 0);
    offset += source.readInto(bytes.subarray(offset));
  }
  return bytes;
}

/** Waits until `count` has not changed for a while of turns. */
async function untilQuiet(count: () => number): Promise<void> {
  for (let quiet = 0, before = -1; quiet < 30; quiet += 1) {
    if (count() !== before) quiet = 0;
    before = count();
    await nextTurn();
  }
}
