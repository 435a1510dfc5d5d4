import { runProgram } from "./cli/program.ts";
import { processTerminal } from "./cli/terminal.ts";

/** What shells report of a process that a signal ended, less the signal's number. */
const SIGNAL_BASE = 128;
const SIGNAL_NUMBER = { SIGINT: 2, SIGTERM: 15 } as const;

/**
 * A terminal signals all of its foreground processes, and npm passes what it gets on to the script:
 * one Ctrl-C can arrive twice. Within this time, in milliseconds, it counts once.
 */
const SAME_SIGNAL = 200;

const interrupt = new AbortController();
let interruptedAt = Number.NEGATIVE_INFINITY;

/** The first signal ends the program in order, a second one at once. */
function onSignal(signal: keyof typeof SIGNAL_NUMBER): void {
  if (performance.now() - interruptedAt < SAME_SIGNAL) return;
  if (interrupt.signal.aborted) process.exit(SIGNAL_BASE + SIGNAL_NUMBER[signal]);
  interruptedAt = performance.now();
  interrupt.abort(new Error(`Stopped by ${signal}`));
}

process.on("SIGINT", () => onSignal("SIGINT"));
process.on("SIGTERM", () => onSignal("SIGTERM"));

// Who closes a pipe, as `head` does, has read enough: that ends the program in order. What it says about itself may go unread.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE")
    console.error(`error: Cannot write to standard output: ${error.message}`);
  interrupt.abort(error);
});
process.stderr.on("error", () => {});

process.exitCode = await runProgram(process.argv.slice(2), {
  terminal: processTerminal(),
  environment: process.env,
  interrupt: interrupt.signal,
});
