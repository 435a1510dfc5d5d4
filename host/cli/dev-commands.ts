import type { Command } from "commander";
import { collect } from "./collect.ts";
import type { CommandContext } from "./context.ts";
import { type DevCommandOptions, devCommand } from "./dev-command.ts";
import { takeConfig } from "./host-config.ts";
import { addHostFlags } from "./host-flags.ts";
import { addApiOptions } from "./serve-api.ts";

/** Adds `islet dev`. */
export function addDevCommand(program: Command, context: CommandContext): void {
  const dev = program
    .command("dev")
    .description("build a project, run it and follow its changes, until Ctrl-C")
    .argument("[directory]", "a project of islet, or one with .wash/config.yaml", ".")
    .option("-f, --file <path>", "its manifest; repeatable (default: those in it)", collect, []);
  addApiOptions(addHostFlags(dev))
    .addHelpText("after", EXAMPLES)
    .action(async (directory: string, _options: unknown, command: Command) => {
      const options = await takeConfig<DevCommandOptions>(command, undefined, context.terminal);
      // The default is that of the project.
      const isGiven = command.getOptionValueSource("http") !== "default";
      await devCommand(directory, isGiven ? options : { ...options, http: undefined }, context);
    });
}

const EXAMPLES = `
Examples:
  islet dev
  islet dev templates/service-tcp
  islet dev templates/service-tcp -f manifests/service-tcp.yaml --http 8080`;
