import { runBuild } from "./build.ts";
import type { CommandContext } from "./context.ts";

export interface BuildCommandOptions {
  readonly force: boolean;
}

/** `islet build [DIRECTORY]`. */
export function buildCommand(
  directory: string,
  options: BuildCommandOptions,
  { terminal }: Pick<CommandContext, "terminal">,
): Promise<void> {
  return runBuild({ dir: directory, force: options.force }, (line) => terminal.err(line));
}
