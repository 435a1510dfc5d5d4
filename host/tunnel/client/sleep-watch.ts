import type { TunnelClock } from "../clock.ts";

/** Milliseconds between two looks, and how far the clocks may drift apart between them. */
const INTERVAL = 5000;
const DRIFT_MAX = 10_000;

/**
 * Notices that the machine slept: the wall clock went further than the time between two looks.
 * Disposing it ends the looking.
 */
export function watchSleep(clock: TunnelClock, onResume: () => void): Disposable {
  let cancel: (() => void) | undefined;
  const look = (): void => {
    const date = clock.date();
    cancel = clock.after(INTERVAL, () => {
      if (clock.date() - date > INTERVAL + DRIFT_MAX) onResume();
      look();
    });
  };
  look();
  return { [Symbol.dispose]: () => cancel?.() };
}
