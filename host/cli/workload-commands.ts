import type { Command } from "commander";
import { type ApplyOptions, applyCommand } from "./apply-command.ts";
import { addHostOption } from "./connect.ts";
import type { CommandContext } from "./context.ts";
import { type DescribeOptions, describeCommand } from "./describe-command.ts";
import { type LifeOptions, type LifeVerb, lifeCommand } from "./life-commands.ts";
import { type LogsOptions, logsCommand } from "./logs-command.ts";
import { addOutputOption } from "./output-format.ts";
import { type PsOptions, psCommand } from "./ps-command.ts";

/** Adds the commands that talk to a running host about its workloads. */
export function addWorkloadCommands(program: Command, context: CommandContext): void {
  remote(program, "apply", "start what is new in manifests and replace what changed, without a gap")
    .requiredOption(
      "-f, --file <path...>",
      "manifest files, directories of them, or - for standard input",
    )
    .option("--no-wait", "come back before the workloads are ready")
    .addHelpText("after", APPLY_EXAMPLES)
    .action((options: ApplyOptions) => applyCommand(options, context));

  remote(program, "ps", "list the workloads of a host")
    .addHelpText("after", PS_EXAMPLES)
    .action((options: PsOptions) => psCommand(options, context));

  remote(program, "describe", "show all that a host knows of a workload")
    .argument("<workload>", WORKLOAD)
    .addHelpText("after", DESCRIBE_EXAMPLES)
    .action((reference: string, options: DescribeOptions) =>
      describeCommand(reference, options, context),
    );

  remote(program, "logs", "print what the guests of a workload printed")
    .argument("<workload>", WORKLOAD)
    .option("-f, --follow", "go on with what they print, until Ctrl-C", false)
    .option("--tail <lines>", "only the last lines")
    .option("--since <time>", "only lines of the last 10m, or since 2026-01-31T12:00:00Z")
    .option("--guest <name>", "only lines of service, a component, or host for what the host says")
    .option("--timestamps", "print when each line was printed", false)
    .addHelpText("after", LOGS_EXAMPLES)
    .action((reference: string, options: LogsOptions) => logsCommand(reference, options, context));

  life(program, "start", "start workloads that do not run", context);
  life(program, "stop", "drain and stop workloads, which stay known", context);
  life(program, "restart", "replace workloads by fresh incarnations, without a gap", context);
  life(program, "delete", "drain, stop and forget workloads", context);
}

const WORKLOAD = "ID, NAMESPACE/NAME, or NAME";

function remote(program: Command, name: string, description: string): Command {
  return addOutputOption(addHostOption(program.command(name).description(description)));
}

function life(
  program: Command,
  verb: LifeVerb,
  description: string,
  context: CommandContext,
): void {
  const command = remote(program, verb, description).argument("<workload...>", WORKLOAD);
  const drains = verb === "stop" || verb === "delete";
  if (drains) {
    command.option("--grace <duration>", "what work in flight may take (default: the workload's)");
  }
  command
    .addHelpText(
      "after",
      `\nExamples:\n  islet ${verb} leet\n  islet ${verb} shop/web shop/db${drains ? " --grace 30s" : ""}`,
    )
    .action((references: string[], options: LifeOptions) =>
      lifeCommand(verb, references, options, context),
    );
}

const APPLY_EXAMPLES = `
Nothing is changed where anything is wrong with any of the manifests.
The exit code is 1 where a workload did not get ready.

Examples:
  islet apply -f manifests/service-tcp.yaml
  islet apply -f shop.yaml -f secrets.yaml
  sed s/v1/v2/ shop.yaml | islet apply -f -
  islet apply -f manifests/ --no-wait --host http://127.0.0.1:8787`;

const PS_EXAMPLES = `
Examples:
  islet ps
  islet ps -o json`;

const DESCRIBE_EXAMPLES = `
Examples:
  islet describe leet
  islet describe shop/web -o json`;

const LOGS_EXAMPLES = `
With -o json each line is an object.

Examples:
  islet logs leet -f
  islet logs shop/web --tail 20 --since 10m
  islet logs leet --guest host                what the host did about it`;
