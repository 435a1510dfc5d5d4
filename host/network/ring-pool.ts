import { NO_QUOTA, type NetworkQuota, QUOTA_PAGE } from "./quota.ts";

/** Bytes of unused rings that a pool keeps; more are left to the garbage collector. */
export const RING_POOL_BYTES_MAX: number = 2 * 1024 * 1024;

/** Bytes of a small ring, which no quota refuses. */
export const SMALL_RING: number = QUOTA_PAGE;

/**
 * Ring buffers that drained channels gave back.
 * A connection that moves much data and then idles holds no large buffer,
 * and connections that take turns work on the same memory, which the processor then has in its cache.
 *
 * What channels hold counts as `page` of the quota; what waits here for its next user does not.
 * A small ring is had in any case, so that a channel whose workload used up its quota is slow, but not stuck:
 * their number is bounded by that of the connections and sockets.
 */
export class RingPool {
  readonly #quota: NetworkQuota;
  readonly #free = new Map<number, Buffer[]>();
  #bytes = 0;

  constructor(quota: NetworkQuota = NO_QUOTA) {
    this.#quota = quota;
  }

  /** Bytes that wait for their next user, at most `RING_POOL_BYTES_MAX`. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Whether the quota has room for a ring of `size` bytes. `take` gives it even where not. */
  hasRoom(size: number): boolean {
    return this.#quota.hasRoom("page", pagesOf(size));
  }

  /** A ring of exactly `size` bytes; what is in it is anybody's former data, to be overwritten before it is read. */
  take(size: number): Buffer {
    this.#quota.charge("page", pagesOf(size));
    // Small rings are made so fast that keeping them does not pay.
    if (size <= SMALL_RING) return Buffer.allocUnsafe(size);
    const ring = this.#free.get(size)?.pop();
    if (ring === undefined) return Buffer.allocUnsafeSlow(size);
    this.#bytes -= size;
    return ring;
  }

  /** Takes a ring back; the caller forgets it. */
  give(ring: Buffer): void {
    const size = ring.length;
    this.#quota.release("page", pagesOf(size));
    if (size <= SMALL_RING || this.#bytes + size > RING_POOL_BYTES_MAX) return;
    const rings = this.#free.get(size);
    if (rings === undefined) this.#free.set(size, [ring]);
    else rings.push(ring);
    this.#bytes += size;
  }
}

/** Sizes of rings are powers of two from a page on. */
function pagesOf(size: number): number {
  return size / QUOTA_PAGE;
}
