import type { Command } from "commander";
import { collect } from "./collect.ts";
import { addHostOption } from "./connect.ts";
import type { CommandContext } from "./context.ts";
import { addOutputOption } from "./output-format.ts";
import { type PolicyExplainOptions, policyExplainCommand } from "./policy-explain.ts";
import { type PolicyLogOptions, policyLogCommand } from "./policy-log.ts";
import { USES } from "../question.ts";

/** Adds `islet policy` with what belongs to it. */
export function addPolicyCommand(program: Command, context: CommandContext): void {
  const policy = program.command("policy").description("ask what workloads may reach, and why");
  const ask = policy
    .command("explain")
    .description("say whether a guest may reach something, by which rule, and what would change it")
    .argument("<workload>", "WORKLOAD or WORKLOAD/GUEST, with NAMESPACE/ in front where need be")
    .argument("<use>", USES.join(", "))
    .argument("<address>", "HOST:PORT, a name for lookup, a URL for http");
  addOutputOption(addHostOption(ask))
    .option(
      "-f, --file <path>",
      "ask a manifest, or a directory of them, instead of a running host; repeatable",
      collect,
      [],
    )
    .option("--allow-host-loopback", "explain for a host that is started with it", false)
    .option("--deny-private-ranges", "explain for a host that is started with it", false)
    .addHelpText("after", EXPLAIN_EXAMPLES)
    .action((id: string, use: string, address: string, options: PolicyExplainOptions) =>
      policyExplainCommand([id, use, address], options, context),
    );

  const log = policy
    .command("log")
    .description("print what policy denied to the guests of a workload, and what it let out")
    .argument("<workload>", "ID, NAMESPACE/NAME, or NAME");
  addOutputOption(addHostOption(log))
    .option("-f, --follow", "go on with what it decides, until Ctrl-C", false)
    .addHelpText("after", LOG_EXAMPLES)
    .action((reference: string, options: PolicyLogOptions) =>
      policyLogCommand(reference, options, context),
    );
}

const EXPLAIN_EXAMPLES = `
Nothing is done and no name is resolved. The exit code is 0, whatever the answer.

Examples:
  islet policy explain reporter tcp-connect 10.0.0.1:5432                   on the running host
  islet policy explain -f manifests/egress.yaml reporter tcp-connect 10.0.0.1:5432
  islet policy explain -f manifests/egress.yaml reporter/http-api http https://api.example.com/
  islet policy explain -f manifests/egress.yaml reporter lookup db.example.com -o json
  islet policy explain -f manifests/egress.yaml reporter tcp-connect host.wasmcloud.internal:5432 --allow-host-loopback`;

const LOG_EXAMPLES = `
With -o json each decision is an object.

Examples:
  islet policy log reporter
  islet policy log reporter -f`;
