import type { Terminal } from "./terminal.ts";

/** What a command may use of the process that it runs in. */
export interface CommandContext {
  readonly terminal: Terminal;
  readonly environment: NodeJS.ProcessEnv;
  /** Aborts when the person wants the command to end; it then ends in order and as a success. */
  readonly interrupt: AbortSignal;
}
