import { NO_QUOTA, type NetworkQuota, QUOTA_PAGE } from "../network/quota.ts";

/** Bytes that each stream may have under way whatever became of the quota. They are not counted. */
export const STREAM_FLOOR: number = 16 * 1024;

/**
 * A stream gets no more than what leaves four times as much free as it has then. Where many are not read, each of them
 * ends up with the same share, and there is as much left for the next: one that is read goes on beside them.
 */
const SHARE = 4;

/**
 * What the streams of one end of a link have under way, as pages of a quota: what was written and that the reader has
 * not credited. All of it waits in memory of one of the two threads.
 *
 * Readers collect what they read for long before they credit it. That is fast where memory is plenty, but counts as
 * under way; so they are told when it is scarce, and credit what they read at once from then on.
 */
export class StreamBudget {
  readonly #quota: NetworkQuota;
  readonly #tell: (isTight: boolean) => void;
  #bytes = 0;
  #pages = 0;
  #limited = 0;
  #isTight = false;

  /** `tell` is called whenever memory becomes scarce, and when it is plenty again. */
  constructor(quota: NetworkQuota = NO_QUOTA, tell: (isTight: boolean) => void = () => {}) {
    this.#quota = quota;
    this.#tell = tell;
  }

  /** How many of `wanted` bytes a stream may send now that has `held` under way. */
  allowance(held: number, wanted: number): number {
    let count = wanted;
    while (count > 0 && !this.#hasShare(held + count)) count >>>= 1;
    return Math.max(count, Math.min(wanted, STREAM_FLOOR - held));
  }

  /** One more stream gets less than it has credit for, or one fewer. */
  countLimited(change: 1 | -1): void {
    this.#limited += change;
    this.#update();
  }

  /** A stream that had `before` bytes under way has `after` now. It may be more than it was allowed. */
  count(before: number, after: number): void {
    const change = countedOf(after) - countedOf(before);
    if (change === 0) return;
    this.#bytes += change;
    const pages = pagesOf(this.#bytes);
    if (pages > this.#pages) this.#quota.charge("page", pages - this.#pages);
    else if (pages < this.#pages) this.#quota.release("page", this.#pages - pages);
    this.#pages = pages;
    this.#update();
  }

  #hasShare(held: number): boolean {
    const counted = countedOf(held);
    return counted === 0 || this.#quota.hasRoom("page", pagesOf(SHARE * counted));
  }

  /** Scarce is what is less than all streams have already; plenty is more than four times as much. */
  #update(): void {
    const enough = this.#isTight ? SHARE * this.#pages : this.#pages;
    const isTight = this.#limited > 0 || (enough > 0 && !this.#quota.hasRoom("page", enough));
    if (isTight === this.#isTight) return;
    this.#isTight = isTight;
    this.#tell(isTight);
  }
}

function countedOf(held: number): number {
  return Math.max(0, held - STREAM_FLOOR);
}

function pagesOf(bytes: number): number {
  return Math.ceil(bytes / QUOTA_PAGE);
}
