import { LruMap } from "../engine/lru-map.ts";

/** How many lines a source may print: `burst` at once, and one more each `interval` milliseconds. */
export interface LineRate {
  readonly burst: number;
  readonly interval: number;
}

/** Keeps lines from drowning others: each source has a bucket of lines that fills up again slowly. Time is passed in, in milliseconds. */
export class LineLimit {
  readonly #rate: LineRate;
  readonly #sources = new LruMap<string, Bucket>(SOURCES_MAX);

  constructor(rate: LineRate) {
    this.#rate = rate;
  }

  /**
   * Whether a line of `source` may be printed now: the number of its lines that were not printed since the last one
   * that was, or undefined where this is not printed either.
   */
  admit(source: string, now: number): number | undefined {
    const { burst, interval } = this.#rate;
    const bucket = this.#sources.get(source) ?? { lines: burst, at: now, left: 0 };
    this.#sources.set(source, bucket);
    const gained = Math.max(0, Math.floor((now - bucket.at) / interval));
    const lines = bucket.lines + gained;
    // A part of an interval is not lost, unless there is no room for it.
    bucket.at = lines > burst ? now : bucket.at + gained * interval;
    bucket.lines = Math.min(burst, lines);
    if (bucket.lines === 0) {
      bucket.left += 1;
      return undefined;
    }
    bucket.lines -= 1;
    const { left } = bucket;
    bucket.left = 0;
    return left;
  }
}

/** Sources whose lines are counted; one that printed nothing for longer than all of these begins anew. */
const SOURCES_MAX = 1024;

interface Bucket {
  /** Lines that may be printed at once. */
  lines: number;
  /** Until when they were counted. */
  at: number;
  /** Lines that were not printed. */
  left: number;
}
