import { Resource } from "../resource.ts";

/** `wasi:cli/terminal-input`: no guest has one, since its standard input is no terminal. */
export abstract class TerminalInput extends Resource {}

/** `wasi:cli/terminal-output`: no guest has one, since its output goes to a log. */
export abstract class TerminalOutput extends Resource {}

/** The answer of `get-terminal-stdin`, `get-terminal-stdout` and `get-terminal-stderr`: none. */
export function noTerminal(): undefined {
  return undefined;
}
