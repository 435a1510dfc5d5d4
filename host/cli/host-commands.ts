import type { Command } from "commander";
import { collect } from "./collect.ts";
import type { CommandContext } from "./context.ts";
import { type HostCommandOptions, hostCommand } from "./host-command.ts";
import { takeConfig } from "./host-config.ts";
import { addHostFlags } from "./host-flags.ts";
import { type RunCommandOptions, runCommand } from "./run-command.ts";
import { addApiOptions } from "./serve-api.ts";

/** Adds the commands that start a host. */
export function addHostCommands(program: Command, context: CommandContext): void {
  const run = program
    .command("run")
    .description("run the workloads of manifests in the foreground, until Ctrl-C")
    .argument("<path...>", "manifest files, or directories of them")
    .option("--build <directory>", "build a project first; repeatable", collect, [])
    .option(
      "--forward <spec>",
      "offer a port of a workload here: [WORKLOAD/][BIND:]HOST:GUEST[/udp]; repeatable",
      collect,
      [],
    )
    .option("--watch", "follow changes of manifests and components", false);
  addApiOptions(addHostFlags(run))
    .addHelpText("after", RUN_EXAMPLES)
    .action(async (paths: string[], _options: unknown, command: Command) => {
      const options = await takeConfig<RunCommandOptions>(command, paths[0], context.terminal);
      await runCommand(paths, options, context);
    });

  const host = program
    .command("host")
    .description("run a host for workloads that other commands apply, until Ctrl-C");
  addApiOptions(addHostFlags(host))
    .addHelpText("after", HOST_EXAMPLES)
    .action(async (_options: unknown, command: Command) => {
      const options = await takeConfig<HostCommandOptions>(command, undefined, context.terminal);
      await hostCommand(options, context);
    });
}

const RUN_EXAMPLES = `
Examples:
  islet run manifests/service-tcp.yaml
  islet run manifests/ --http 127.0.0.1:0
  islet run manifests/service-tcp.yaml --forward 17777:7777
  islet run manifests/ --watch                replace what changes, without a gap
  islet run manifests/ --config edge.yaml     configured by that file, not by manifests/islet.yaml
  islet run shop.yaml --http 0.0.0.0:8080     reachable from other machines
  islet run manifests/service-tcp.yaml --build templates/service-tcp`;

const HOST_EXAMPLES = `
Examples:
  islet host
  islet host --http 8080 --api 127.0.0.1:9000
  islet host --socket second --http 8001 --api 8788     one more; commands find it with --host second`;
