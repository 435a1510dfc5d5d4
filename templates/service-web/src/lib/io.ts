import { subscribeDuration } from "wasi:clocks/monotonic-clock@0.2.12";
import { poll, type Pollable } from "wasi:io/poll@0.2.12";
import type { InputStream, OutputStream, StreamError } from "wasi:io/streams@0.2.12";

/** Bytes asked for in one read. */
const READ_SIZE = 64 * 1024;

/** A point in time after which waiting is over. Dispose it: it holds a timer of the host. */
export class Deadline implements Disposable {
  readonly #timer: Pollable;

  constructor(milliseconds: number) {
    this.#timer = subscribeDuration(milliseconds * 1_000_000);
  }

  /**
   * Waits until one of the pollables is ready.
   *
   * @throws TimeoutError when the time is over before.
   */
  wait(...pollables: Pollable[]): void {
    const ready = poll([...pollables, this.#timer]);
    if (ready.every((index) => index === pollables.length)) throw new TimeoutError();
  }

  [Symbol.dispose](): void {
    this.#timer[Symbol.dispose]();
  }
}

/** A wait took longer than its deadline. */
class TimeoutError extends Error {
  override readonly name = "TimeoutError";
}

/** The case of a WASI result's error: `would-block`, `connection-refused`, `closed`; undefined for other errors. */
export function errorCode(error: unknown): string | undefined {
  if (typeof error !== "object" || error === null || !("payload" in error)) return undefined;
  const { payload } = error;
  if (typeof payload === "string") return payload;
  if (typeof payload !== "object" || payload === null || !("tag" in payload)) return undefined;
  return typeof payload.tag === "string" ? payload.tag : undefined;
}

/** What can be read without waiting, which may be nothing; undefined once the other side has finished. */
export function read(input: InputStream): Uint8Array | undefined {
  try {
    return input.read(READ_SIZE);
  } catch (error) {
    if (isClosed(error)) return undefined;
    throw error;
  }
}

/** Writes what the stream takes without waiting, and returns how many bytes these were. */
export function write(output: OutputStream, bytes: Uint8Array): number {
  const length = Math.min(output.checkWrite(), bytes.length);
  if (length > 0) output.write(bytes.subarray(0, length));
  return length;
}

/** Whether a stream's operation failed because the other side has finished, or is gone. */
function isClosed(error: unknown): boolean {
  return errorCode(error) === ("closed" satisfies StreamError["tag"]);
}
