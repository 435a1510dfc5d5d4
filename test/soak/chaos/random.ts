/** Numbers that look random and come again with the same seed: mulberry32, in [0, 1). */
export function createRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** One of the values, by weight. */
export function pick<T>(random: () => number, weighted: readonly (readonly [number, T])[]): T {
  let rest = random() * weighted.reduce((sum, [weight]) => sum + weight, 0);
  for (const [weight, value] of weighted) {
    rest -= weight;
    if (rest < 0) return value;
  }
  throw new RangeError("There is nothing to pick");
}
