/** The dynamic ports of RFC 6335 §6. */
export const EPHEMERAL_FIRST = 49_152;
export const EPHEMERAL_LAST = 65_535;

/** How many there are. */
export const EPHEMERAL_COUNT: number = EPHEMERAL_LAST - EPHEMERAL_FIRST + 1;

export function isEphemeral(port: number): boolean {
  return EPHEMERAL_FIRST <= port && port <= EPHEMERAL_LAST;
}

/** The port behind `port`; the last one is followed by the first. */
export function nextEphemeral(port: number): number {
  return port === EPHEMERAL_LAST ? EPHEMERAL_FIRST : port + 1;
}

/** Any of them, so that a stranger cannot guess the next (RFC 6056 §3.3.1). */
export function randomEphemeral(): number {
  return EPHEMERAL_FIRST + Math.floor(Math.random() * EPHEMERAL_COUNT);
}
