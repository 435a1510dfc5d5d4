import { Command, CommanderError } from "commander";
import { ManifestError } from "../manifest/error.ts";
import { type BuildCommandOptions, buildCommand } from "./build-command.ts";
import type { CommandContext } from "./context.ts";
import { addDevCommand } from "./dev-commands.ts";
import { addForwardCommands } from "./forward-commands.ts";
import { addHostCommands } from "./host-commands.ts";
import { addPolicyCommand } from "./policy-command.ts";
import { printableLines } from "./printable.ts";
import { addTunnelCommands } from "./tunnel-commands.ts";
import { UsageError } from "./usage-error.ts";
import { version } from "../version.ts";
import { addWorkloadCommands } from "./workload-commands.ts";

/** Exit codes of every command. */
const DONE = 0;
const FAILED = 1;
const WRONG_USAGE = 2;

/** Reads the arguments, runs the command that they name, and gives the exit code. Never rejects. */
export async function runProgram(
  args: readonly string[],
  context: CommandContext,
): Promise<number> {
  const { terminal } = context;
  try {
    await createProgram(context).parseAsync(args, { from: "user" });
    return DONE;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === DONE ? DONE : WRONG_USAGE;
    // Each line of such a message begins with its place, for editors to follow.
    const prefix = error instanceof ManifestError ? "" : `${terminal.style("red", "error:")} `;
    terminal.err(prefix + printableLines(messageOf(error)));
    return error instanceof UsageError ? WRONG_USAGE : FAILED;
  }
}

function createProgram(context: CommandContext): Command {
  const program = new Command("islet")
    .description("Hosts WebAssembly workloads, each on a private network of its own")
    .version(version(), "-V, --version", "print the version")
    .helpOption("-h, --help", "print help")
    .helpCommand("help [command]", "print help for a command")
    .exitOverride()
    .configureOutput({
      writeOut: (text) => context.terminal.out(text.trimEnd()),
      writeErr: (text) => context.terminal.err(text.trimEnd()),
    })
    .showHelpAfterError("(islet --help lists the commands)");

  addHostCommands(program, context);
  addDevCommand(program, context);
  addWorkloadCommands(program, context);

  program
    .command("build")
    .description(
      "build the guests of a project: src/NAME.ts and the world NAME become dist/NAME.wasm",
    )
    .argument("[directory]", "the project", ".")
    .option("--force", "build also what is up to date", false)
    .addHelpText("after", BUILD_EXAMPLES)
    .action((directory: string, options: BuildCommandOptions) =>
      buildCommand(directory, options, context),
    );

  addForwardCommands(program, context);
  addTunnelCommands(program, context);
  addPolicyCommand(program, context);
  return program;
}

const BUILD_EXAMPLES = `
Examples:
  islet build templates/service-tcp
  islet build --force`;

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
