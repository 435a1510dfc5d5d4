import { Command, CommanderError } from "commander";
import { ManifestError } from "../manifest/error.ts";
import { type BuildCommandOptions, buildCommand } from "./build-command.ts";
import { collect } from "./collect.ts";
import type { CommandContext } from "./context.ts";
import { addPolicyCommand } from "./policy-command.ts";
import { type RunCommandOptions, runCommand } from "./run-command.ts";
import { UsageError } from "./usage-error.ts";
import { version } from "./version.ts";

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
    terminal.err(prefix + messageOf(error));
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

  program
    .command("run")
    .description("run the workloads of manifests in the foreground, until Ctrl-C")
    .argument("<path...>", "manifest files, or directories of them")
    .option("--http <address>", "where HTTP requests come in", "127.0.0.1:8000")
    .option("--build <directory>", "build a project first; repeatable", collect, [])
    .option(
      "--allow-host-loopback",
      "let workloads reach the ports of this machine's loopback that they are granted",
      false,
    )
    .option("--deny-private-ranges", "keep workloads away from private addresses", false)
    .option("--resolver <address>", "name server for lookups of workloads (default: the system's)")
    .option(
      "--http-client-ca-path <file>",
      "certificate authorities (PEM) that requests of workloads trust besides the usual ones",
    )
    .option("--verbose", "print what the host does, not only what the workloads print", false)
    .addHelpText("after", RUN_EXAMPLES)
    .action((paths: string[], options: RunCommandOptions) => runCommand(paths, options, context));

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

  addPolicyCommand(program, context);
  return program;
}

const RUN_EXAMPLES = `
Examples:
  islet run manifests/service-tcp.yaml
  islet run manifests/ --http 127.0.0.1:0
  islet run shop.yaml --http 0.0.0.0:8080     reachable from other machines
  islet run manifests/service-tcp.yaml --build templates/service-tcp`;

const BUILD_EXAMPLES = `
Examples:
  islet build templates/service-tcp
  islet build --force`;

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
