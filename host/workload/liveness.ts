import { getHeapStatistics } from "node:v8";
import { type Clock, SYSTEM_CLOCK } from "../engine/clock.ts";
import { currentThread } from "./thread-time.ts";
import { Ticker } from "./ticker.ts";

/** How often the heart of a cell at work beats, and any is listened to, within the time that it may stand still. */
const BEATS_PER_LIMIT = 10;

/** How often the heart of a cell at rest beats in that time: waking a thread for nothing costs 0.1 ms and more. */
const BEATS_AT_REST = 2;

/** A thread that used less of the processor since its last beat is at rest; milliseconds. */
const REST_BELOW = 2;

/** A thread that has not begun to beat may be starting on a busy machine, among hundreds of others; milliseconds. */
const START_LIMIT = 60_000;

/** A thread that stands still hangs where it ran for this share of its limit; the looks are not exact to a beat. */
const RAN_FROM = 0.8;

/** A thread that stands still without a processor has so many times its limit: it may wait for V8's helpers, or a disk. */
const BLOCKED_LIMITS = 12;

/** Which thread beats, as the system counts them: the second word of a heart; 0 where that is not known. */
const THREAD = 1;

/** Where in a heart what the thread uses is written down, beat by beat. */
const VITALS_OFFSET = 8;

/** What a thread used, as of its last beat. */
export interface Vitals {
  /** Of the processor, since it started; milliseconds. */
  readonly cpuTime: number;
  /** JavaScript heap and the buffers that it holds, in bytes. */
  readonly heap: number;
}

/** Memory for one heart, to be shared with the thread that beats. */
export function createHeart(): SharedArrayBuffer {
  return new SharedArrayBuffer(VITALS_OFFSET + 2 * Float64Array.BYTES_PER_ELEMENT);
}

/** The thread that beats `heart`, for `processorTimeOf`; 0 where that is not known, or not yet. */
export function threadOf(heart: SharedArrayBuffer): number {
  return Atomics.load(new Int32Array(heart), THREAD);
}

/** What the thread of `heart` used as of its last beat; undefined before the first one. */
export function readVitals(heart: SharedArrayBuffer): Vitals | undefined {
  if (Atomics.load(new Int32Array(heart, 0, 1), 0) === 0) return undefined;
  const [cpuTime = 0, heap = 0] = new Float64Array(heart, VITALS_OFFSET, 2);
  return { cpuTime, heap };
}

/**
 * Advances `heart` from the event loop of this thread, ten times within `limit` milliseconds, twice while it is at rest.
 * A loop that stands still stops the beat. The timer keeps no thread alive.
 */
export function startBeating(heart: SharedArrayBuffer, limit: number): Disposable {
  const counter = new Int32Array(heart, 0, 2);
  Atomics.store(counter, THREAD, currentThread());
  const vitals = new Float64Array(heart, VITALS_OFFSET, 2);
  let timer: NodeJS.Timeout | undefined;
  let wasResting = false;
  const beat = (): void => {
    const { user, system } = process.threadCpuUsage();
    const cpuTime = (user + system) / 1_000;
    const isResting = cpuTime - (vitals[0] ?? 0) < REST_BELOW;
    vitals[0] = cpuTime;
    if (!isResting || !wasResting) {
      // The heap of a thread that rests stays as it is.
      const { used_heap_size: used, external_memory: external } = getHeapStatistics();
      vitals[1] = used + external;
    }
    wasResting = isResting;
    Atomics.add(counter, 0, 1);
    timer = setTimeout(beat, limit / (isResting ? BEATS_AT_REST : BEATS_PER_LIMIT));
    timer.unref();
  };
  beat();
  return { [Symbol.dispose]: () => clearTimeout(timer) };
}

export interface WatchOptions {
  /**
   * Milliseconds that the thread's event loop spent waiting for something to do, as far as is known now.
   * A loop that waited is alive, whether the heart has beaten or not.
   */
  readonly idleTime?: (() => number) | undefined;
  /**
   * Milliseconds for which the thread had a processor, as far as is known now; undefined where that is not known.
   * Only they count: on a machine that is busy it is not the thread that hangs.
   */
  readonly processorTime?: (() => number | undefined) | undefined;
  readonly clock?: Clock;
}

/**
 * Calls `stopped` once when `heart` and the idle time have not advanced for `limit` milliseconds; before the first beat, for at
 * least a minute.
 *
 * It counts the looks at which nothing had changed, not the time between them: a machine that slept,
 * or a main thread that was busy itself, wakes to one late look and does not blame the cell for it.
 */
export function watchHeart(
  heart: SharedArrayBuffer,
  limit: number,
  stopped: () => void,
  { idleTime = () => 0, processorTime, clock = SYSTEM_CLOCK }: WatchOptions = {},
): Disposable {
  const counter = new Int32Array(heart, 0, 1);
  const interval = limit / BEATS_PER_LIMIT;
  const ticker = Ticker.of(clock, interval);
  const startLooks = Math.ceil(Math.max(limit, START_LIMIT) / interval);
  // The first look may come at once: it counts for nothing.
  let last = -1;
  let lastIdle = -1;
  let still = 0;
  let ran: number | undefined;
  const look = (): void => {
    const beats = Atomics.load(counter, 0);
    const idle = idleTime();
    still = beats === last && idle === lastIdle ? still + 1 : 0;
    if (still === 1) ran = processorTime?.();
    last = beats;
    lastIdle = idle;
    const looks = beats === 0 ? startLooks : BEATS_PER_LIMIT;
    if (still < looks) return;
    const now = ran === undefined ? undefined : processorTime?.();
    const wasRunning = ran === undefined || now === undefined || now - ran >= RAN_FROM * limit;
    if (!wasRunning && still < BLOCKED_LIMITS * looks) return;
    ticker.delete(look);
    stopped();
  };
  ticker.add(look);
  return { [Symbol.dispose]: () => ticker.delete(look) };
}
