import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { ByteChannel } from "../../../host/network/byte-channel.ts";
import { HostQuota } from "../../../host/network/host-quota.ts";
import { QUOTA_PAGE } from "../../../host/network/quota.ts";
import { RingPool, SMALL_RING } from "../../../host/network/ring-pool.ts";
import { SharedQuota } from "../../../host/network/shared-quota.ts";
import { BUFFER_SIZE_MAX } from "../../../host/network/tcp-options.ts";
import { RecordingQuota } from "./support.ts";
import { pseudoRandomBytes } from "../../contract/network/support.ts";

const LIMIT = 128 * 1024;

/** Pages for one full channel and some more, but not for two. */
const PAGES = 40;

describe("What a ByteChannel says that it takes, it takes", () => {
  it("although another channel of the same workload used up the quota since", () => {
    const quota = new RecordingQuota({ page: PAGES });
    const pool = new RingPool(quota);
    const [first, second] = [new ByteChannel(LIMIT, pool), new ByteChannel(LIMIT, pool)];
    const { capacity } = first;
    assert.equal(capacity, LIMIT);
    second.write(new Uint8Array(second.capacity));
    checkWrite(first, [capacity]);
    const bytes = Buffer.alloc(capacity);
    assert.equal(first.readInto(bytes), capacity);
    assert.ok(bytes.equals(pseudoRandomBytes(capacity, capacity)));
    for (const channel of [first, second]) channel.cancel();
    assert.deepEqual(quota.usage, {});
  });

  it("although another workload used up the quota of the host since", () => {
    const host = new HostQuota({ page: PAGES });
    const [mine, theirs] = [host.admit({}), host.admit({})];
    const pool = new RingPool(new SharedQuota(mine.seat));
    const channel = new ByteChannel(LIMIT, pool);
    const { capacity } = channel;
    new SharedQuota(theirs.seat).charge("page", PAGES);
    // Whoever takes something hears what others have.
    new ByteChannel(LIMIT, pool).write(new Uint8Array(1));
    checkWrite(channel, [capacity]);
  });

  it("although its limit shrank since, and it takes nothing more then", () => {
    const channel = new ByteChannel(LIMIT);
    const { capacity } = channel;
    channel.setLimit(1024);
    checkWrite(channel, [capacity]);
    assert.equal(channel.capacity, 0);
    assert.throws(() => channel.write(new Uint8Array(1)), RangeError);
  });

  it("although it said less since, and nothing at last", () => {
    const quota = new RecordingQuota({ page: PAGES });
    const channel = new ByteChannel(LIMIT, new RingPool(quota));
    channel.write(new Uint8Array(SMALL_RING - 1));
    const { capacity } = channel;
    quota.charge("page", PAGES);
    assert.equal(channel.capacity, 1);
    channel.setLimit(1);
    assert.equal(channel.capacity, 0);
    channel.readInto(new Uint8Array(SMALL_RING));
    checkWrite(channel, [capacity]);
  });

  it("in several writes too, and no more than that", () => {
    const quota = new RecordingQuota({ page: PAGES });
    const channel = new ByteChannel(LIMIT, new RingPool(quota));
    const { capacity } = channel;
    quota.charge("page", PAGES);
    checkWrite(channel, [1, SMALL_RING, capacity - SMALL_RING - 2]);
    channel.setLimit(1);
    assert.throws(() => channel.write(new Uint8Array(LIMIT)), RangeError);
    checkWrite(channel, [1]);
    assert.throws(() => channel.write(new Uint8Array(LIMIT)), RangeError);
  });

  it("but says so little at a time that those who ask together take little past the quota", () => {
    const full = (2 * BUFFER_SIZE_MAX) / QUOTA_PAGE;
    const quota = new RecordingQuota({ page: full });
    const pool = new RingPool(quota);
    const channels = Array.from({ length: 10 }, () => new ByteChannel(2 * BUFFER_SIZE_MAX, pool));
    for (const channel of channels) assert.equal(channel.capacity, LIMIT);
    for (const channel of channels) checkWrite(channel, [LIMIT]);
    assert.equal(quota.used("page"), full + (9 * LIMIT) / QUOTA_PAGE);
  });
});

/** Writes chunks of `sizes` bytes, which are all there then. */
function checkWrite(channel: ByteChannel, sizes: readonly number[]): void {
  const before = channel.available;
  for (const size of sizes) channel.write(pseudoRandomBytes(size, size));
  const sum = sizes.reduce((total, size) => total + size, before);
  assert.equal(channel.available, sum);
}
