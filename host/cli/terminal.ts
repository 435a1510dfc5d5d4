import { styleText } from "node:util";
import type { WriteStream } from "node:tty";

/** Where commands print: what was asked for to `out`, everything about how it goes to `err`. */
export interface Terminal {
  /** Writes one line to standard output. */
  out(line: string): void;
  /** Writes one line to standard error. */
  err(line: string): void;
  /** The text in a style where standard error is a terminal that shows it (`NO_COLOR` is honoured), else unchanged. */
  style(format: Style, text: string): string;
  /** The same for what goes to standard output. */
  styleOut(format: Style, text: string): string;
}

export type Style = "bold" | "dim" | "red" | "green" | "yellow" | "blue" | "magenta" | "cyan";

/** The terminal of this process. */
export function processTerminal(): Terminal {
  return {
    out: (line) => void process.stdout.write(`${line}\n`),
    err: (line) => void process.stderr.write(`${line}\n`),
    style: (format, text) =>
      styleText(format, text, {
        stream: process.stderr satisfies WriteStream,
        validateStream: true,
      }),
    styleOut: (format, text) =>
      styleText(format, text, {
        stream: process.stdout satisfies WriteStream,
        validateStream: true,
      }),
  };
}
