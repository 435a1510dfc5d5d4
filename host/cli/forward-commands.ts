import { resolve } from "node:path";
import type { Command } from "commander";
import type { ForwardResource } from "../api/resource/forward.ts";
import { type ForwardText, parseForward } from "../ingress/forward/forward-spec.ts";
import { formatPublish, type Publish, PublishError } from "../network/publish.ts";
import { addHostOption, type HostOption, withHost } from "./connect.ts";
import type { CommandContext } from "./context.ts";
import { formatAge } from "./format-age.ts";
import { type ForwardWishes, readWishes } from "./forward-options.ts";
import { noneOfDeleted } from "./none-of-deleted.ts";
import { addOutputOption, isJson } from "./output-format.ts";
import { cell, formatTable } from "./table.ts";
import { UsageError } from "./usage-error.ts";

interface ForwardOptions extends HostOption {
  readonly output?: string | undefined;
}

type AddOptions = ForwardOptions & ForwardWishes;

/** Adds `islet forward` with what belongs to it. */
export function addForwardCommands(program: Command, context: CommandContext): void {
  const forward = program
    .command("forward")
    .description("offer ports of a running host's workloads on this machine");
  const add = forward
    .command("add")
    .description("offer a port of a workload; it stays until the workload stops")
    .argument("<workload>", WORKLOAD)
    .argument("<forward...>", "[BIND:]HOST:GUEST[/udp]");
  addOutputOption(addHostOption(add))
    .option("--label <text>", "what it is called in lists and messages")
    .option("--ttl <duration>", "remove it after that time, such as 1h")
    .option("--proxy-protocol <use>", "in reads PROXY headers, out and out-v1 send them")
    .option("--max-connections <count>", "how many connections at a time")
    .option("--idle-timeout <duration>", "reset a connection that long without a byte")
    .option("--allow-privileged", "permit ports below 1024", false)
    .addHelpText("after", ADD_EXAMPLES)
    .action((reference: string, specs: string[], options: AddOptions) =>
      addForwards(reference, specs, options, context),
    );
  const list = forward
    .command("list")
    .description("list what is offered, with what went through it")
    .argument("[workload]", WORKLOAD);
  addOutputOption(addHostOption(list))
    .addHelpText("after", LIST_EXAMPLES)
    .action((reference: string | undefined, options: ForwardOptions) =>
      listForwards(reference, options, context),
    );
  const remove = forward
    .command("remove")
    .description("free the addresses of forwards, and reset what is open through them")
    .argument("<workload>", WORKLOAD)
    .argument("<id...>", "IDs of forwards, or the beginnings of them");
  addOutputOption(addHostOption(remove))
    .addHelpText("after", REMOVE_EXAMPLES)
    .action((reference: string, ids: string[], options: ForwardOptions) =>
      removeForwards(reference, ids, options, context),
    );
}

/** What a person wrote as a forward. Throws `UsageError`. */
export function readForward(text: string): readonly ForwardText[] {
  try {
    return parseForward(text);
  } catch (error) {
    if (!(error instanceof PublishError)) throw error;
    throw new UsageError(`--forward ${error.message}. Try --forward 8080:3000`);
  }
}

const WORKLOAD = "ID, NAMESPACE/NAME, or NAME";

async function addForwards(
  reference: string,
  specs: readonly string[],
  { host, output, ...wishes }: AddOptions,
  context: CommandContext,
): Promise<void> {
  const json = isJson(output);
  const options = readWishes(wishes);
  const wanted = specs.flatMap(readForward);
  if (wanted.some(({ workload }) => workload !== undefined)) {
    throw new UsageError(
      "The workload is named before the forwards: islet forward add shop 8080:80",
    );
  }
  const { terminal } = context;
  await withHost({ host }, context, async (client) => {
    const added: ForwardResource[] = [];
    try {
      for (const { publish, port, protocol } of wanted) {
        const text = formatPublish(toAbsolute(publish));
        const parameters = { ...options, publish: text, port, protocol };
        added.push(await client.addForward(reference, parameters));
      }
    } finally {
      // Those before one that fails are open.
      if (json) terminal.out(JSON.stringify(added, undefined, 2));
      else for (const one of added) terminal.out(`${cell(one.id)}  ${describeForward(one)}`);
    }
  });
}

async function listForwards(
  reference: string | undefined,
  options: ForwardOptions,
  context: CommandContext,
): Promise<void> {
  const { terminal } = context;
  const json = isJson(options.output);
  const forwards = await withHost(options, context, async (client) => {
    if (reference !== undefined) return await client.forwards(reference);
    const workloads = await client.list();
    const all = workloads.map(({ id }) => client.forwards(id).catch(noneOfDeleted));
    return (await Promise.all(all)).flat();
  });
  if (json) {
    terminal.out(JSON.stringify(forwards, undefined, 2));
    return;
  }
  if (forwards.length === 0) {
    terminal.err("No forwards. Try: islet forward add WORKLOAD 8080:3000");
    return;
  }
  const rows = forwards.map((forward) => toRow(forward, Date.now()));
  for (const line of formatTable(HEAD, rows, terminal)) terminal.out(line);
}

async function removeForwards(
  reference: string,
  texts: readonly string[],
  options: ForwardOptions,
  context: CommandContext,
): Promise<void> {
  const { terminal } = context;
  const json = isJson(options.output);
  await withHost(options, context, async (client) => {
    const known = await client.forwards(reference);
    const ids = new Set(texts.map((text) => findForward(known, text, reference)));
    for (const id of ids) {
      await client.removeForward(reference, id);
      if (!json) terminal.out(`${id} removed`);
    }
    if (json) terminal.out(JSON.stringify([...ids]));
  });
}

/** The ID of the one forward that `text` begins; nothing begins none, so that an empty variable of a script removes none. */
function findForward(
  forwards: readonly ForwardResource[],
  text: string,
  reference: string,
): string {
  const found = text === "" ? [] : forwards.filter(({ id }) => id.startsWith(text));
  const [first] = found;
  if (first === undefined) {
    throw new Error(
      `Workload ${reference} has no forward "${text}". Try: islet forward list ${reference}`,
    );
  }
  if (found.length === 1) return first.id;
  throw new Error(`"${text}" begins the IDs of ${found.length} forwards of ${reference}`);
}

const HEAD = ["ID", "WORKLOAD", "LABEL", "ADDRESS", "PORT", "OPEN", "PARKED", "TOTAL", "AGE"];

function toRow(forward: ForwardResource, now: number): string[] {
  const { id, workload, label, addresses, port, protocol, stats, createdAt } = forward;
  return [
    cell(id.slice(0, 8)),
    cell(workload),
    cell(label ?? "-"),
    addresses.map(cell).join(" "),
    `${port}/${protocol}`,
    String(stats.open),
    String(stats.parked),
    String(stats.total),
    formatAge(now - Date.parse(createdAt)),
  ];
}

function describeForward({ addresses, port, protocol, workload }: ForwardResource): string {
  const suffix = protocol === "udp" ? "/udp" : "";
  return `${addresses.map(cell).join(" ")} -> ${cell(workload)} port ${port}${suffix}`;
}

/** The host may run in another directory. */
function toAbsolute(publish: Publish): Publish {
  return publish.tag === "unix" ? { tag: "unix", path: resolve(publish.path) } : publish;
}

const ADD_EXAMPLES = `
Without BIND it is 127.0.0.1 and ::1; any other address has to be written.

Examples:
  islet forward add leet 17777:7777
  islet forward add shop 0.0.0.0:8080:3000 5353:53/udp    two at once
  islet forward add shop 8080-8090:web --ttl 1h           the first free port, to a declared one
  islet forward add shop auto:3000                        any free port
  islet forward add shop unix:./web.sock:3000`;

const LIST_EXAMPLES = `
Examples:
  islet forward list
  islet forward list shop -o json`;

const REMOVE_EXAMPLES = `
Examples:
  islet forward remove shop 3f2a`;
