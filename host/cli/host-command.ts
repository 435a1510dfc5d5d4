import { once } from "node:events";
import { createHost } from "../host.ts";
import { formatListenAddress } from "../ingress/listen-address.ts";
import type { CommandContext } from "./context.ts";
import { EventPrinter } from "./event-printer.ts";
import type { TakenConfig } from "./host-config.ts";
import { type HostFlags, toHostOptions } from "./host-flags.ts";
import { printable } from "./printable.ts";
import { type ApiCommandOptions, checkApiOptions, describeApi, serveApi } from "./serve-api.ts";
import { UsageError } from "./usage-error.ts";

export interface HostCommandOptions extends HostFlags, ApiCommandOptions, TakenConfig {}

/** `islet host`: a host without workloads of its own, until it is interrupted. */
export async function hostCommand(
  options: HostCommandOptions,
  context: CommandContext,
): Promise<void> {
  const { terminal, environment, interrupt } = context;
  const hostOptions = await toHostOptions(options, environment, options.configuration);
  for (const { location, field } of options.configuration?.forwards.slice(0, 1) ?? []) {
    const text = `${location.file}:${location.line}:${location.column}: ${field} has no effect: islet host starts without workloads`;
    terminal.err(terminal.style("dim", printable(text)));
  }
  checkApiOptions(options);
  if (options.api === false) {
    throw new UsageError("A host without workloads is of no use with --no-api. Try islet run");
  }
  const printer = new EventPrinter(terminal, options.verbose, []);
  await using host = await createHost({
    ...hostOptions,
    onEvent: (event) => printer.print(event),
  });
  let notReady: string | undefined;
  await using api = await serveApi(
    host,
    { ...options, isShared: false, notReady: () => notReady },
    context,
  );
  const { address, port } = host.http;
  terminal.out(`Listening on http://${formatListenAddress({ host: address, port })}`);
  for (const line of describeApi(api, environment)) terminal.out(line);
  if (!interrupt.aborted) await once(interrupt, "abort");
  notReady = "The host is stopping";
  terminal.err(terminal.style("dim", "stopping …"));
  // The API goes last: it can be asked how far the stopping is.
  await host[Symbol.asyncDispose]();
}
