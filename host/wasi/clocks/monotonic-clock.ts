import { lowerFunction } from "../cabi.ts";
import { checkU64 } from "../check-argument.ts";
import type { Guest } from "../guest.ts";
import { Pollable } from "../io/pollable.ts";
import { Timer } from "./timer.ts";

/** `wasi:clocks/monotonic-clock`; instants and durations are nanoseconds. */
export interface MonotonicClock {
  now(): bigint;
  resolution(): bigint;
  subscribeInstant(when: bigint): Pollable;
  subscribeDuration(when: bigint): Pollable;
}

/**
 * The machine's monotonic clock for one guest.
 * Instants in the past are ready at once. Waits are as exact as the event loop's timers: a millisecond.
 */
export function createMonotonicClock(guest: Guest): MonotonicClock {
  return {
    now,
    resolution,
    subscribeInstant: (when) => new Pollable(guest, new Timer(checkU64(when))),
    // The sum may exceed a u64; a bigint does not mind, and no guest lives to see it.
    subscribeDuration: (when) => new Pollable(guest, new Timer(now() + checkU64(when))),
  };
}

function now(): bigint {
  return process.hrtime.bigint();
}

function resolution(): bigint {
  return 1n;
}

// Plain integers need no lifting: the core functions are the functions themselves.
lowerFunction(now, () => now);
lowerFunction(resolution, () => resolution);
