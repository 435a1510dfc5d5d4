/**
 * One of the two connections that a splice joins. Chunks are handed over without a copy where that is possible:
 * whoever gets one owns it.
 */
export interface SpliceEnd {
  /** Starts to deliver to `listener`; called once, before anything else. */
  start(listener: SpliceListener): void;
  /** Stops and goes on delivering; a chunk that is on its way may still come. */
  pause(): void;
  resume(): void;
  /** Takes all of `bytes`; false asks to wait for `onDrain` before the next. */
  write(bytes: Uint8Array): boolean;
  /** As `write`, but with a copy where that is needed: `bytes` are the caller's, who overwrites them soon. */
  lend?(bytes: Uint8Array): boolean;
  /** Room of its own for the next bytes to lend, filled from its start; undefined where it has no memory for so many. */
  reserve?(): Uint8Array | undefined;
  /** Gives back what `reserve` returned; nothing happens where it was lent. */
  release?(room: Uint8Array): void;
  /** No more bytes will be written; those that were are still delivered. Idempotent. */
  end(): void;
  /** Breaks the connection at once, both ways: its peer sees a reset. Idempotent. */
  reset(): void;
}

/** What a splice hears of one of its ends. */
export interface SpliceListener {
  /** Bytes from the peer. */
  readonly onBytes: (bytes: Uint8Array) => void;
  /** Bytes from the peer that stay the end's own, which it overwrites soon; without this, it copies them for `onBytes`. */
  readonly onLent?: ((bytes: Uint8Array) => void) | undefined;
  /** Where an end may have room for what is lent, as `SpliceEnd.reserve` and `release`. */
  readonly reserve?: (() => Uint8Array | undefined) | undefined;
  readonly release?: ((room: Uint8Array) => void) | undefined;
  /** There is room again after a `write` that returned false. */
  readonly onDrain: () => void;
  /** The peer will send no more bytes. */
  readonly onEnd: () => void;
  /** All that was written before `end` was handed over. */
  readonly onFinish: () => void;
  /** The connection broke; nothing more is heard of it. */
  readonly onBreak: (failure: Error) => void;
}
