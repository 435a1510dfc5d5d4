import type { Client } from "../api/client/client.ts";
import type { WorkloadResource } from "../api/resource/workload.ts";
import { type HostOption, withHost } from "./connect.ts";
import type { CommandContext } from "./context.ts";
import { checkDuration } from "./duration-option.ts";
import { formatState } from "./format-state.ts";
import { isJson } from "./output-format.ts";
import { printable, printableLines } from "./printable.ts";

export interface LifeOptions extends HostOption {
  /** A duration as manifests have it. */
  readonly grace?: string | undefined;
  readonly output?: string | undefined;
}

/** What can be done with workloads by name; undefined is what is left of one that is deleted. */
type LifeAction = (
  client: Client,
  reference: string,
  grace: string | undefined,
) => Promise<WorkloadResource | undefined>;

export type LifeVerb = "start" | "stop" | "restart" | "delete";

const LIFE_ACTIONS: Readonly<Record<LifeVerb, LifeAction>> = {
  start: (client, reference) => client.start(reference),
  stop: (client, reference, grace) => client.stop(reference, grace),
  restart: (client, reference) => client.restart(reference),
  delete: async (client, reference, grace) => {
    await client.delete(reference, grace);
    return undefined;
  },
};

/**
 * `islet start|stop|restart|delete WORKLOAD…`: does it to each, whatever becomes of the others;
 * rejects at the end where one of them failed.
 */
export async function lifeCommand(
  verb: LifeVerb,
  references: readonly string[],
  options: LifeOptions,
  context: CommandContext,
): Promise<void> {
  const { terminal } = context;
  const json = isJson(options.output);
  const { grace } = options;
  checkDuration("--grace", grace, "10s");
  await withHost(options, context, async (client) => {
    const results = await Promise.allSettled(
      references.map((reference) => LIFE_ACTIONS[verb](client, reference, grace)),
    );
    const errors: unknown[] = [];
    const done: (WorkloadResource | { deleted: string })[] = [];
    for (const [index, result] of results.entries()) {
      const reference = references[index] ?? "";
      if (result.status === "rejected") errors.push(result.reason);
      else done.push(result.value ?? { deleted: reference });
    }
    if (json) terminal.out(JSON.stringify(done, undefined, 2));
    else for (const each of done) terminal.out(describe(each));
    const [first] = errors;
    // Where the host is gone, or not waited for any more, all of them say the same.
    const others = new Set(errors.map(messageOf));
    others.delete(messageOf(first));
    for (const message of others) terminal.err(printableLines(message));
    if (first !== undefined) throw first;
  });

  function describe(result: WorkloadResource | { readonly deleted: string }): string {
    if ("deleted" in result) return `${result.deleted} deleted`;
    const { namespace, name, state, reason } = result;
    const what = formatState(state, terminal);
    return `${printable(`${namespace}/${name}`)} ${what} (${printable(reason)})`;
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
