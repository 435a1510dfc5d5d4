import { type AbsentResource, createAbsentResource } from "../absent-resource.ts";

/** `wasi:cli/terminal-input`: no guest has one, since its standard input is no terminal. */
export const TerminalInput: AbsentResource = createAbsentResource(
  "terminal-input",
  [],
  "no guest has a terminal",
);

/** `wasi:cli/terminal-output`: no guest has one, since its output goes to a log. */
export const TerminalOutput: AbsentResource = createAbsentResource(
  "terminal-output",
  [],
  "no guest has a terminal",
);

/** The answer of `get-terminal-stdin`, `get-terminal-stdout` and `get-terminal-stderr`: none. */
export function noTerminal(): undefined {
  return undefined;
}
