/** Milliseconds before the n-th attempt in a row, from 1: a random share of a wait that doubles up to a cap. */
export interface Backoff {
  delay(attempt: number): number;
}

export interface BackoffOptions {
  /** Milliseconds; the longest wait before the first attempt. */
  readonly initial: number;
  /** Milliseconds; the longest wait before any. */
  readonly max: number;
  /** From 0 to 1, 1 excluded. */
  readonly random: () => number;
}

export const BACKOFF_DEFAULT: BackoffOptions = {
  initial: 500,
  max: 30_000,
  random: () => Math.random(),
};

/**
 * Exponential back-off with full jitter: first capped, then drawn anew from 0 to there,
 * so that the many clients of a server that came back do not come at once.
 */
export function createBackoff({ initial, max, random }: BackoffOptions): Backoff {
  return {
    delay: (attempt) => random() * Math.min(max, initial * 2 ** Math.min(attempt - 1, DOUBLINGS)),
  };
}

/** More would overflow nothing, but reaches every cap. */
const DOUBLINGS = 30;
