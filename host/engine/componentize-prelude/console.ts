import { getStderr } from "wasi:cli/stderr@0.2.12";
import { getStdout } from "wasi:cli/stdout@0.2.12";
import type { OutputStream } from "wasi:io/streams@0.2.12";
import { formatLine } from "./format-line.ts";
import { TextEncoder } from "./text-encoder.ts";

/** WIT: blocking-write-and-flush performs "a write of up to 4096 bytes". */
const MAX_WRITE = 4096;

/** A console that writes lines to the guest's standard output and error. */
export const console = {
  log: (...values: unknown[]): void => writeLine(getStdout, values),
  info: (...values: unknown[]): void => writeLine(getStdout, values),
  debug: (...values: unknown[]): void => writeLine(getStdout, values),
  warn: (...values: unknown[]): void => writeLine(getStderr, values),
  error: (...values: unknown[]): void => writeLine(getStderr, values),
};

function writeLine(open: () => OutputStream, values: readonly unknown[]): void {
  const bytes = new TextEncoder().encode(`${formatLine(values)}\n`);
  using stream = open();
  try {
    for (let at = 0; at < bytes.length; at += MAX_WRITE) {
      stream.blockingWriteAndFlush(bytes.subarray(at, at + MAX_WRITE));
    }
  } catch {
    // Nobody reads what the guest prints. That is no reason for the guest to stop.
  }
}
