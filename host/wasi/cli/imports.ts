import { bareInterface, bindResource } from "../binding.ts";
import type { Guest } from "../guest.ts";
import { createEnvironment } from "./environment.ts";
import { exit } from "./exit.ts";
import { createStandardStreams } from "./standard-streams.ts";
import { noTerminal, TerminalInput, TerminalOutput } from "./terminal.ts";

/** `wasi:cli` for one guest, all of 0.2.x, besides `sharedCliImports`. */
export function createCliImports(
  guest: Guest,
): Readonly<Record<string, Readonly<Record<string, unknown>>>> {
  const { stdin, stdout, stderr } = createStandardStreams(guest);
  return {
    "wasi:cli/environment": { __proto__: null, ...createEnvironment(guest) },
    "wasi:cli/stdin": { __proto__: null, ...stdin },
    "wasi:cli/stdout": { __proto__: null, ...stdout },
    "wasi:cli/stderr": { __proto__: null, ...stderr },
  };
}

/** What is the same for every guest. */
export const sharedCliImports: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  "wasi:cli/exit": bareInterface(exit),
  "wasi:cli/terminal-input": bareInterface({
    TerminalInput: bindResource(TerminalInput, []),
  }),
  "wasi:cli/terminal-output": bareInterface({
    TerminalOutput: bindResource(TerminalOutput, []),
  }),
  "wasi:cli/terminal-stdin": bareInterface({ getTerminalStdin: noTerminal }),
  "wasi:cli/terminal-stdout": bareInterface({ getTerminalStdout: noTerminal }),
  "wasi:cli/terminal-stderr": bareInterface({ getTerminalStderr: noTerminal }),
};
