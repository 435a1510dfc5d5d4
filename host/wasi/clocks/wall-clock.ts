import type { Datetime } from "@bytecodealliance/preview2-shim/interfaces/wasi-clocks-wall-clock";

/** `wasi:clocks/wall-clock`: the machine's clock, since 1970-01-01T00:00:00Z. */
export const wallClock: { now(): Datetime; resolution(): Datetime } = {
  now() {
    // One reading for both fields: with two, a second could pass between them.
    const milliseconds = Date.now();
    return {
      seconds: BigInt(Math.floor(milliseconds / 1000)),
      nanoseconds: (milliseconds % 1000) * 1_000_000,
    };
  },
  resolution() {
    return { seconds: 0n, nanoseconds: 1_000_000 };
  },
};
