/** How fast the guests of a workload may print. */
export interface LogRate {
  /** Lines a second that they may go on with. */
  readonly lines: number;
  /** Lines that they may print at once, after a silence. */
  readonly burst: number;
}

/** Characters that a line may have to count as one; a longer line counts as several. */
const LINE_UNIT = 1_024;

/** A token bucket of lines. Time is passed in, in milliseconds. */
export class LogBucket {
  #lines = Number.POSITIVE_INFINITY;
  #at: number | undefined;

  /** Whether a line of `length` characters may be printed now, at a rate that may change; it is then counted. */
  admit(length: number, now: number, { lines, burst }: LogRate): boolean {
    const elapsed = Math.max(0, now - (this.#at ?? now));
    this.#at = now;
    this.#lines = Math.min(burst, this.#lines + (elapsed * lines) / 1_000);
    // The longest line must be possible with the smallest of rates.
    const cost = Math.min(burst, 1 + Math.floor(length / LINE_UNIT));
    if (this.#lines < cost) return false;
    this.#lines -= cost;
    return true;
  }
}
