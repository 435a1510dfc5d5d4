import { type Explanation, explain } from "../../policy/explain.ts";
import type { Facts } from "../../policy/facts.ts";
import type { HostPolicy } from "../../policy/policy.ts";
import { loadManifests } from "../manifest/load.ts";
import { Machine, NO_OWN_PORTS } from "../wasi/egress/machine.ts";
import { type HostOption, withHost } from "./connect.ts";
import type { CommandContext } from "./context.ts";
import { formatExplanation } from "./format-explanation.ts";
import { isJson } from "./output-format.ts";
import { findGuests, type GuestName, selectGuests } from "./policy-guest.ts";
import { parseQuestion } from "./policy-question.ts";
import { UsageError } from "./usage-error.ts";

export interface PolicyExplainOptions extends HostOption {
  readonly file: readonly string[];
  readonly output?: string | undefined;
  readonly allowHostLoopback: boolean;
  readonly denyPrivateRanges: boolean;
}

/** What was asked, in the words of the person. */
type Asked = readonly [id: string, use: string, address: string];

interface Explained extends GuestName, Explanation {
  readonly use: string;
  readonly address: string;
}

/**
 * `islet policy explain WORKLOAD[/GUEST] USE ADDRESS`: what policy would answer, without doing anything;
 * on a running host, or with `-f FILE` for manifests.
 */
export async function policyExplainCommand(
  asked: Asked,
  options: PolicyExplainOptions,
  context: CommandContext,
): Promise<void> {
  const { terminal } = context;
  const json = isJson(options.output);
  const explained =
    options.file.length === 0
      ? await explainRunning(asked, options, context)
      : await explainManifests(asked, options);
  if (json) {
    // Every key is there, so that scripts need not know which are left out.
    terminal.out(JSON.stringify(explained, (_key, value: unknown) => value ?? null, 2));
    return;
  }
  for (const [index, { workload, guest, use, address, ...explanation }] of explained.entries()) {
    if (index > 0) terminal.out("");
    const question = `${use} ${address}`;
    for (const line of formatExplanation(`${workload}/${guest}`, question, explanation, terminal)) {
      terminal.out(line);
    }
  }
}

async function explainManifests(
  [id, use, address]: Asked,
  { file, allowHostLoopback, denyPrivateRanges, host }: PolicyExplainOptions,
): Promise<Explained[]> {
  if (host !== undefined) throw new UsageError("--host is for a running host, -f for manifests");
  const question = parseQuestion(use, address);
  const { workloads } = await loadManifests(file, { images: false });
  const hostPolicy: HostPolicy = {
    hostLoopback: allowHostLoopback,
    denyPrivate: denyPrivateRanges,
  };
  const facts = machineFacts();
  return findGuests(workloads, id).map(({ workload, guest, policy }) => {
    const explanation = explain({ ...policy, ...hostPolicy }, question, facts);
    return Object.assign({ workload, guest, use, address }, explanation);
  });
}

/** The flags of a running host are its own. */
async function explainRunning(
  [id, use, address]: Asked,
  options: PolicyExplainOptions,
  context: CommandContext,
): Promise<Explained[]> {
  for (const flag of ["allowHostLoopback", "denyPrivateRanges"] as const) {
    if (options[flag]) throw new UsageError(`${FLAGS[flag]} is for manifests. Try it with -f FILE`);
  }
  // Told here what is wrong with it, before a host is looked for.
  parseQuestion(use, address);
  return await withHost(options, context, async (client) => {
    const guests = (await client.list()).flatMap(({ id: uuid, namespace, name, guests }) =>
      guests.map((guest) => ({ uuid, workload: `${namespace}/${name}`, guest: guest.name })),
    );
    const byUuid = guests.filter(({ uuid }) => uuid === id);
    const found = byUuid.length > 0 ? byUuid : selectGuests(guests, id, "The host has");
    const wanted = new Set(found.map(({ guest }) => guest));
    const [first] = found;
    if (first === undefined) return [];
    const explanations = await client.explain(first.uuid, { use, address });
    return explanations
      .filter(({ guest }) => wanted.has(guest))
      .map(({ entry, place, ...explanation }) => {
        const origin = { entry: entry ?? undefined, place: place ?? undefined };
        return Object.assign({ workload: first.workload, use, address }, explanation, origin);
      });
  });
}

const FLAGS = {
  allowHostLoopback: "--allow-host-loopback",
  denyPrivateRanges: "--deny-private-ranges",
} as const;

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
