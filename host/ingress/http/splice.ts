import type { Duplex, Readable } from "node:stream";

/** Streams to be joined: what `from` says goes to `to`, and with `duplex` the other way as well. */
export type Splice =
  | (SpliceOptions & { readonly from: Readable; readonly to: Duplex; readonly duplex?: false })
  | (SpliceOptions & { readonly from: Duplex; readonly to: Duplex; readonly duplex: true });

interface SpliceOptions {
  /** Told of the bytes that went from `from` to `to`. */
  readonly onBytes: (count: number) => void;
}

/** Milliseconds without a byte after which a connection is cut of which one direction has ended. */
const HALF_OPEN_TIMEOUT = 60_000;

/**
 * Passes bytes on, no faster than they are taken, until both streams are over.
 * The end of a direction is passed on and leaves the other one open; a break breaks both.
 * Resolves with whether all ended in order, and leaves both streams destroyed.
 */
export function splice(streams: Splice): Promise<boolean> {
  const { from, to } = streams;
  return new Promise((resolve) => {
    let timer: NodeJS.Timeout | undefined;
    let open = 2;
    const onData = (): void => void timer?.refresh();
    const onEnd = (): void => {
      timer ??= setTimeout(() => onBreak(), HALF_OPEN_TIMEOUT);
    };
    const finish = (inOrder: boolean): void => {
      clearTimeout(timer);
      from.destroy();
      to.destroy();
      resolve(inOrder);
    };
    const onBreak = (error?: Error): void => {
      // With an error a connection of the workload is reset, as the client's is broken.
      if (error !== undefined) from.destroy(error);
      finish(false);
    };
    const onClosed = (isWhole: boolean): void => {
      if (!isWhole) onBreak(new Error("The other end closed the connection"));
      else if (--open === 0) finish(true);
    };
    from
      .on("error", onBreak)
      .once("end", onEnd)
      .on("data", (chunk: Buffer) => {
        onData();
        streams.onBytes(chunk.length);
      });
    to.on("error", onBreak);
    from.once("close", () => onClosed(from.readableEnded));
    to.once("close", () => onClosed(to.writableFinished));
    // Whoever left before has said so already, and will not again.
    if (from.destroyed || to.destroyed) {
      onBreak(new Error("The other end closed the connection"));
      return;
    }
    from.pipe(to);
    if (streams.duplex === true) {
      to.once("end", onEnd).on("data", onData);
      to.pipe(streams.from);
      return;
    }
    // What the client still says is for nobody; its end of the connection goes with the answer.
    to.resume();
    to.once("finish", () => finish(true));
  });
}
