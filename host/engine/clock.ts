/** Time as a part of the engine sees it, so that a test can be its own clock. */
export interface Clock {
  /** Milliseconds since some moment in the past; never goes backwards. */
  now(): number;
  /** Calls `action` once, after at least `delay` milliseconds, unless the result is called first. */
  after(delay: number, action: () => void): () => void;
}

export const SYSTEM_CLOCK: Clock = {
  now: () => performance.now(),
  after: (delay, action) => {
    const timer = setTimeout(action, delay);
    return () => clearTimeout(timer);
  },
};
