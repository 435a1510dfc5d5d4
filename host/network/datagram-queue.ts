import type { SocketAddress } from "node:net";
import { ByteChannel } from "./byte-channel.ts";
import type { RingPool } from "./ring-pool.ts";
import type { Datagram } from "./udp.ts";
import { DATAGRAM_MAX_IPV6, DATAGRAMS_MAX } from "./udp-options.ts";
import { WaitList } from "./wait-list.ts";

/**
 * Datagrams that wait for their reader: less than `limit` bytes of them, and at most `DATAGRAMS_MAX`.
 * What finds no room is not taken; but one datagram is, whatever the limit, so that a small buffer is slow, not deaf.
 */
export class DatagramQueue {
  readonly whenReadable: WaitList = new WaitList();
  readonly #bytes: ByteChannel;
  /** A ring of what belongs to the bytes; its length is a power of two. */
  #heads: (Head | undefined)[] = Array.from({ length: 8 });
  #first = 0;
  #pending = 0;
  #limit: number;

  /** `limit` is from 1 to 2^30; the memory is of `pool`. */
  constructor(limit: number, pool: RingPool) {
    this.#limit = limit;
    this.#bytes = new ByteChannel(channelLimit(limit), pool);
  }

  /** Datagrams that wait. */
  get pending(): number {
    return this.#pending;
  }

  /** Copies a datagram into the queue and returns whether there was room. */
  push(data: Uint8Array, remote: SocketAddress): boolean {
    const bytes = this.#bytes;
    const pending = this.#pending;
    const { length } = data;
    if (pending > 0 && (pending >= DATAGRAMS_MAX || bytes.available + length >= this.#limit)) {
      return false;
    }
    // The channel has less room than the limit says where the quota is used up, and none once it is closed.
    if (length >= bytes.capacity) return false;
    bytes.write(data);
    if (pending === this.#heads.length) this.#grow();
    this.#heads[(this.#first + pending) & (this.#heads.length - 1)] = { length, remote };
    this.#pending = pending + 1;
    if (pending === 0) this.whenReadable.notify();
    return true;
  }

  /** The oldest datagram, or undefined where none waits. */
  shift(): Datagram | undefined {
    const first = this.#first;
    const head = this.#heads[first];
    if (head === undefined) return undefined;
    const data = Buffer.allocUnsafe(head.length);
    this.#bytes.readInto(data);
    this.#heads[first] = undefined;
    this.#first = (first + 1) & (this.#heads.length - 1);
    this.#pending -= 1;
    return { data, remote: head.remote };
  }

  /** Drops what came from others than `accepts` accepts and returns how many that were. */
  retain(accepts: (remote: SocketAddress) => boolean): number {
    const limit = this.#limit;
    // What is kept was taken before, perhaps under a larger limit.
    this.setLimit(Math.max(limit, this.#bytes.available + DATAGRAM_MAX_IPV6 + 1));
    let dropped = 0;
    for (let count = this.#pending; count > 0; count -= 1) {
      const datagram = this.shift();
      if (datagram === undefined) break;
      const { data, remote } = datagram;
      if (!accepts(remote) || !this.push(data, remote)) dropped += 1;
    }
    this.setLimit(limit);
    return dropped;
  }

  /** Changes how many bytes may wait; those already here stay, whatever the new limit. */
  setLimit(limit: number): void {
    this.#limit = limit;
    this.#bytes.setLimit(channelLimit(limit));
  }

  /** Drops what waits and takes nothing more. */
  close(): void {
    this.#heads.fill(undefined);
    this.#pending = 0;
    this.#bytes.cancel();
    this.whenReadable.notify();
  }

  #grow(): void {
    const heads = this.#heads;
    const { length } = heads;
    this.#heads = Array.from({ length: length * 2 }, (_, index) =>
      index < length ? heads[(this.#first + index) & (length - 1)] : undefined,
    );
    this.#first = 0;
  }
}

/** What a datagram's bytes do not say. */
interface Head {
  readonly length: number;
  readonly remote: SocketAddress;
}

/** Room for one datagram of any size. A channel that is filled takes nothing until half of it is read; this is never. */
function channelLimit(limit: number): number {
  return Math.max(limit, DATAGRAM_MAX_IPV6 + 1);
}
