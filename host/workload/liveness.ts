import { type Clock, SYSTEM_CLOCK } from "../engine/clock.ts";

/** How often a cell's heart beats and is listened to within the time that it may stand still. */
const BEATS_PER_LIMIT = 10;

/** A thread that has not begun to beat may be starting on a busy machine; milliseconds. */
const START_LIMIT = 10_000;

/** Memory for one heart, to be shared with the thread that beats. */
export function createHeart(): SharedArrayBuffer {
  return new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT);
}

/**
 * Advances `heart` from the event loop of this thread, ten times within `limit` milliseconds.
 * A loop that stands still stops the beat. The timer keeps no thread alive.
 */
export function startBeating(heart: SharedArrayBuffer, limit: number): Disposable {
  const counter = new Int32Array(heart);
  Atomics.add(counter, 0, 1);
  const timer = setInterval(() => Atomics.add(counter, 0, 1), limit / BEATS_PER_LIMIT);
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
  const counter = new Int32Array(heart);
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
