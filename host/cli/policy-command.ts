import type { Command } from "commander";
import { collect } from "./collect.ts";
import type { CommandContext } from "./context.ts";
import { type PolicyExplainOptions, policyExplainCommand } from "./policy-explain.ts";
import { USES } from "./policy-question.ts";

/** Adds `islet policy` with what belongs to it. */
export function addPolicyCommand(program: Command, context: CommandContext): void {
  const policy = program.command("policy").description("ask what workloads may reach, and why");
  policy
    .command("explain")
    .description("say whether a guest may reach something, by which rule, and what would change it")
    .argument("<workload>", "WORKLOAD or WORKLOAD/GUEST, with NAMESPACE/ in front where need be")
    .argument("<use>", USES.join(", "))
    .argument("<address>", "HOST:PORT, a name for lookup, a URL for http")
    .option("-f, --file <path>", "a manifest, or a directory of them; repeatable", collect, [])
    .option("-o, --output <format>", "json")
    .option("--allow-host-loopback", "explain for a host that is started with it", false)
    .option("--deny-private-ranges", "explain for a host that is started with it", false)
    .addHelpText("after", EXPLAIN_EXAMPLES)
    .action((id: string, use: string, address: string, options: PolicyExplainOptions) =>
      policyExplainCommand([id, use, address], options, context),
    );
}

const EXPLAIN_EXAMPLES = `
Nothing is done and no name is resolved. The exit code is 0, whatever the answer.

Examples:
  islet policy explain -f manifests/egress.yaml reporter tcp-connect 10.0.0.1:5432
  islet policy explain -f manifests/egress.yaml reporter/http-api http https://api.example.com/
  islet policy explain -f manifests/egress.yaml reporter lookup db.example.com -o json
  islet policy explain -f manifests/egress.yaml reporter tcp-connect host.wasmcloud.internal:5432 --allow-host-loopback`;
