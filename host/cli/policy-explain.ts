import { explain } from "../../policy/explain.ts";
import type { Facts } from "../../policy/facts.ts";
import type { HostPolicy } from "../../policy/policy.ts";
import { loadManifests } from "../manifest/load.ts";
import { Machine, NO_OWN_PORTS } from "../wasi/egress/machine.ts";
import type { CommandContext } from "./context.ts";
import { formatExplanation } from "./format-explanation.ts";
import { findGuests } from "./policy-guest.ts";
import { parseQuestion } from "./policy-question.ts";
import { UsageError } from "./usage-error.ts";

export interface PolicyExplainOptions {
  readonly file: readonly string[];
  readonly output?: string | undefined;
  readonly allowHostLoopback: boolean;
  readonly denyPrivateRanges: boolean;
}

/** `islet policy explain -f FILE WORKLOAD[/GUEST] USE ADDRESS`: what policy would answer, without doing anything. */
export async function policyExplainCommand(
  [id, use, address]: readonly [id: string, use: string, address: string],
  options: PolicyExplainOptions,
  { terminal }: Pick<CommandContext, "terminal">,
): Promise<void> {
  if (options.file.length === 0) {
    throw new UsageError("Explaining takes manifests. Try -f manifests/egress.yaml");
  }
  if (options.output !== undefined && options.output !== "json") {
    throw new UsageError(`-o ${options.output} is no output. Try -o json`);
  }
  const question = parseQuestion(use, address);
  const { workloads } = await loadManifests(options.file, { images: false });
  const host: HostPolicy = {
    hostLoopback: options.allowHostLoopback,
    denyPrivate: options.denyPrivateRanges,
  };
  const facts = machineFacts();
  const explained = findGuests(workloads, id).map(({ workload, guest, policy }) => {
    const explanation = explain({ ...policy, ...host }, question, facts);
    return Object.assign({ workload, guest, use, address }, explanation);
  });
  if (options.output === "json") {
    // Every key is there, so that scripts need not know which are left out.
    terminal.out(JSON.stringify(explained, (_key, value: unknown) => value ?? null, 2));
    return;
  }
  for (const [index, { workload, guest, ...explanation }] of explained.entries()) {
    if (index > 0) terminal.out("");
    const asked = `${use} ${address}`;
    for (const line of formatExplanation(`${workload}/${guest}`, asked, explanation, terminal)) {
      terminal.out(line);
    }
  }
}

/** What is known without a host that runs: the addresses of the machine, but no lookups of guests and no ports of the host. */
function machineFacts(): Facts {
  const machine = new Machine();
  machine.setOwnPorts(NO_OWN_PORTS);
  return {
    namesOf: () => [],
    isOwnAddress: (address) => machine.isOwnAddress(address),
    isOwnPort: (protocol, port) => machine.isOwnPort(protocol, port),
  };
}
