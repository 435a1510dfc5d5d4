import type { LogEntry } from "./log-entry.ts";

/** How much of a log is kept in memory. */
export interface LogBounds {
  readonly lines: number;
  /** Of text, two for each UTF-16 code unit, and `LINE_OVERHEAD` a line. */
  readonly bytes: number;
}

/** What a line takes in memory besides its text, about. */
const LINE_OVERHEAD = 128;

/**
 * The last lines of a log. Each has a position, counted from 0 since the log began:
 * unlike sequence numbers, positions have no gaps.
 */
export class LogRing {
  readonly #bounds: LogBounds;
  readonly #entries = new Map<number, LogEntry>();
  #bytes = 0;
  #start = 0;
  #end = 0;

  constructor(bounds: LogBounds) {
    this.#bounds = bounds;
  }

  /** The position of the oldest line that is kept. */
  get start(): number {
    return this.#start;
  }

  /** The position that the next line will have. */
  get end(): number {
    return this.#end;
  }

  /** Keeps `entry`, and forgets as many of the oldest lines as there are too many; the last one is always kept. */
  push(entry: LogEntry): void {
    this.#entries.set(this.#end, entry);
    this.#end += 1;
    this.#bytes += sizeOf(entry);
    const { lines, bytes } = this.#bounds;
    while (this.#entries.size > 1 && (this.#entries.size > lines || this.#bytes > bytes)) {
      this.#forgetFirst();
    }
  }

  /** The line at `position`; undefined where it is forgotten or yet to come. */
  at(position: number): LogEntry | undefined {
    return this.#entries.get(position);
  }

  #forgetFirst(): void {
    const entry = this.#entries.get(this.#start);
    this.#entries.delete(this.#start);
    this.#start += 1;
    if (entry !== undefined) this.#bytes -= sizeOf(entry);
  }
}

function sizeOf({ line }: LogEntry): number {
  return line.length * 2 + LINE_OVERHEAD;
}
