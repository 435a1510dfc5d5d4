import { type Clock, SYSTEM_CLOCK } from "../../engine/clock.ts";
import {
  HOST_GUEST,
  type LogEntry,
  type LogInput,
  type LogPage,
  type LogQuery,
} from "./log-entry.ts";
import { LogBucket, type LogRate } from "./log-rate.ts";
import { type LogBounds, LogRing } from "./log-ring.ts";

export interface LogStoreOptions {
  /** `DEFAULT_LOG_BOUNDS` by default. */
  readonly bounds?: LogBounds | undefined;
  /** Asked for each line, so that a new version of a workload may have another; `DEFAULT_LOG_RATE` by default. */
  readonly rate?: (() => LogRate) | undefined;
  /** Told what a follower threw, which is then no longer told of lines. */
  readonly onFailure?: ((error: unknown) => void) | undefined;
  /** For tests: another clock, and another time of the day. */
  readonly clock?: Clock | undefined;
  readonly today?: (() => number) | undefined;
}

/** What is kept of one workload's log in memory. */
const DEFAULT_LOG_BOUNDS: LogBounds = { lines: 5_000, bytes: 2 ** 20 };

/** Some 1 MiB a second at the most; journald allows 10,000 lines in half a minute. */
const DEFAULT_LOG_RATE: LogRate = { lines: 1_000, burst: 10_000 };

/** How often it is said that lines were dropped, in milliseconds. */
const DROP_NOTICE = 1_000;

/**
 * The log of one workload, of all its replicas and incarnations: the last lines that its guests printed
 * and what the host said of it.
 *
 * Guests that print faster than the rate lose lines; how many, one line of the host tells once a second.
 * The host's own lines are always taken. Nothing here waits for anybody, and nothing grows without bound.
 */
export class LogStore implements Disposable {
  readonly #ring: LogRing;
  readonly #rate: () => LogRate;
  readonly #bucket = new LogBucket();
  readonly #followers = new Set<Follower>();
  readonly #onFailure: (error: unknown) => void;
  readonly #clock: Clock;
  readonly #today: () => number;
  #sequence = 0;
  #dropped = 0;
  #cancelNotice: (() => void) | undefined;

  constructor(options: LogStoreOptions = {}) {
    this.#ring = new LogRing(options.bounds ?? DEFAULT_LOG_BOUNDS);
    this.#rate = options.rate ?? (() => DEFAULT_LOG_RATE);
    this.#onFailure = options.onFailure ?? (() => {});
    this.#clock = options.clock ?? SYSTEM_CLOCK;
    this.#today = options.today ?? Date.now;
  }

  /** Adds a line. Undefined where it was dropped: guests print faster than they may. */
  append(input: LogInput): LogEntry | undefined {
    const sequence = this.#sequence;
    this.#sequence += 1;
    const { time, guest, stream, replica, line } = input;
    const isAdmitted =
      stream === "host" || this.#bucket.admit(line.length, this.#clock.now(), this.#rate());
    if (!isAdmitted) {
      this.#drop();
      return undefined;
    }
    const entry: LogEntry = { sequence, time, guest, stream, replica, line };
    this.#ring.push(entry);
    for (const follower of this.#followers) this.#pump(follower);
    return entry;
  }

  /** Adds a line that the host says of the workload, or of one of its replicas, now. */
  say(line: string, replica = 0): void {
    this.append({ time: this.#today(), guest: HOST_GUEST, stream: "host", replica, line });
  }

  page(query: LogQuery = {}): LogPage {
    const ring = this.#ring;
    const { end } = ring;
    return {
      entries: select(ring, query),
      follow: (listener) => {
        const follower: Follower = { query, listener, position: end, isPumping: false };
        this.#followers.add(follower);
        this.#pump(follower);
        return { [Symbol.dispose]: () => void this.#followers.delete(follower) };
      },
    };
  }

  /** Says what is yet to be said of dropped lines, and lets all followers go. */
  [Symbol.dispose](): void {
    this.#cancelNotice?.();
    this.#tellDropped();
    this.#followers.clear();
  }

  /** Hands over all that the follower does not have yet. One that makes new lines gets them after those before. */
  #pump(follower: Follower): void {
    if (follower.isPumping) return;
    follower.isPumping = true;
    try {
      while (follower.position < this.#ring.end && this.#followers.has(follower)) {
        const position = Math.max(follower.position, this.#ring.start);
        follower.position = position + 1;
        const entry = this.#ring.at(position);
        if (entry !== undefined && isWanted(entry, follower.query)) follower.listener(entry);
      }
    } catch (error) {
      this.#followers.delete(follower);
      this.#onFailure(error);
    } finally {
      follower.isPumping = false;
    }
  }

  #drop(): void {
    this.#dropped += 1;
    this.#cancelNotice ??= this.#clock.after(DROP_NOTICE, () => {
      this.#cancelNotice = undefined;
      this.#tellDropped();
    });
  }

  #tellDropped(): void {
    if (this.#dropped === 0) return;
    const count = this.#dropped === 1 ? "1 line was" : `${this.#dropped} lines were`;
    this.#dropped = 0;
    this.say(
      `${count} dropped: the guests print more than ${this.#rate().lines} lines a second (limits.logRate)`,
    );
  }
}

interface Follower {
  readonly query: LogQuery;
  readonly listener: (entry: LogEntry) => void;
  /** Of the next line in the ring that it has not been told of. */
  position: number;
  isPumping: boolean;
}

/** From the newest back, so that a short tail of a long log is cheap. */
function select(ring: LogRing, query: LogQuery): LogEntry[] {
  const tail = query.tail ?? Number.POSITIVE_INFINITY;
  const entries: LogEntry[] = [];
  for (let position = ring.end - 1; position >= ring.start; position -= 1) {
    if (entries.length >= tail) break;
    const entry = ring.at(position);
    if (entry !== undefined && isWanted(entry, query)) entries.push(entry);
  }
  return entries.toReversed();
}

function isWanted(entry: LogEntry, { guest, since }: LogQuery): boolean {
  return (
    (guest === undefined || entry.guest === guest) && (since === undefined || entry.time >= since)
  );
}
