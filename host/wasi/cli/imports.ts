import type { Guest } from "../guest.ts";
import { createEnvironment } from "./environment.ts";
import { exit } from "./exit.ts";
import { createStandardStreams } from "./standard-streams.ts";
import { noTerminal, TerminalInput, TerminalOutput } from "./terminal.ts";

/** `wasi:cli` for one guest, all of 0.2.x. */
export function createCliImports(
  guest: Guest,
): Readonly<Record<string, Readonly<Record<string, unknown>>>> {
  const { stdin, stdout, stderr } = createStandardStreams(guest);
  return {
    "wasi:cli/environment": { ...createEnvironment(guest) },
    "wasi:cli/exit": exit,
    "wasi:cli/stdin": stdin,
    "wasi:cli/stdout": stdout,
    "wasi:cli/stderr": stderr,
    "wasi:cli/terminal-input": { TerminalInput },
    "wasi:cli/terminal-output": { TerminalOutput },
    "wasi:cli/terminal-stdin": { getTerminalStdin: noTerminal },
    "wasi:cli/terminal-stdout": { getTerminalStdout: noTerminal },
    "wasi:cli/terminal-stderr": { getTerminalStderr: noTerminal },
  };
}
