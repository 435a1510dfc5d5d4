import { getHeapStatistics } from "node:v8";
import { type Clock, SYSTEM_CLOCK } from "../engine/clock.ts";

/** How often a cell's heart beats and is listened to within the time that it may stand still. */
const BEATS_PER_LIMIT = 10;

/** A thread that has not begun to beat may be starting on a busy machine; milliseconds. */
const START_LIMIT = 10_000;

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

/** What the thread of `heart` used as of its last beat; undefined before the first one. */
export function readVitals(heart: SharedArrayBuffer): Vitals | undefined {
  if (Atomics.load(new Int32Array(heart, 0, 1), 0) === 0) return undefined;
  const [cpuTime = 0, heap = 0] = new Float64Array(heart, VITALS_OFFSET, 2);
  return { cpuTime, heap };
}

/**
 * Advances `heart` from the event loop of this thread, ten times within `limit` milliseconds.
 * A loop that stands still stops the beat. The timer keeps no thread alive.
 */
export function startBeating(heart: SharedArrayBuffer, limit: number): Disposable {
  const counter = new Int32Array(heart, 0, 1);
  const vitals = new Float64Array(heart, VITALS_OFFSET, 2);
  const beat = (): void => {
    const { user, system } = process.threadCpuUsage();
    const { used_heap_size: used, external_memory: external } = getHeapStatistics();
    vitals[0] = (user + system) / 1_000;
    vitals[1] = used + external;
    Atomics.add(counter, 0, 1);
  };
  beat();
  const timer = setInterval(beat, limit / BEATS_PER_LIMIT);
  timer.unref();
  return { [Symbol.dispose]: () => clearInterval(timer) };
}

/**
 * Calls `stopped` once when `heart` has not advanced for `limit` milliseconds; before the first beat, for at least 10 s.
 *
 * It counts the looks at which nothing had changed, not the time between them: a machine that slept,
 * or a main thread that was busy itself, wakes to one late look and does not blame the cell for it.
 */
export function watchHeart(
  heart: SharedArrayBuffer,
  limit: number,
  stopped: () => void,
  clock: Clock = SYSTEM_CLOCK,
): Disposable {
  const counter = new Int32Array(heart, 0, 1);
  const interval = limit / BEATS_PER_LIMIT;
  const startLooks = Math.ceil(Math.max(limit, START_LIMIT) / interval);
  let last = 0;
  let still = 0;
  const look = (): void => {
    const beats = Atomics.load(counter, 0);
    still = beats === last ? still + 1 : 0;
    last = beats;
    if (still >= (beats === 0 ? startLooks : BEATS_PER_LIMIT)) stopped();
    else cancel = clock.after(interval, look);
  };
  let cancel = clock.after(interval, look);
  return { [Symbol.dispose]: () => cancel() };
}
