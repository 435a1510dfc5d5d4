import type { Host } from "../host.ts";
import type { ForwardStatus } from "../ingress/forward/forward.ts";
import type { ForwardText } from "../ingress/forward/forward-spec.ts";
import { readForward } from "./forward-commands.ts";
import { UsageError } from "./usage-error.ts";

/** Reads all `--forward` of a command line. Throws `UsageError`. */
export function readForwards(texts: readonly string[]): readonly ForwardText[] {
  return texts.flatMap(readForward);
}

/**
 * Opens the forwards of a command line. One without a name is for the only workload, or for the only one with a service.
 * Rejects with `UsageError` where that is not clear, and with what `ForwardOperations.add` fails with.
 */
export async function openForwards(
  host: Host,
  forwards: readonly ForwardText[],
): Promise<readonly ForwardStatus[]> {
  const opened: ForwardStatus[] = [];
  for (const { workload, publish, protocol, port } of forwards) {
    const reference = workload ?? onlyWorkload(host);
    opened.push(await host.forwards.add(reference, { publish, protocol, port }));
  }
  return opened;
}

/** `127.0.0.1:8080 [::1]:8080 -> default/leet port 7777`. */
export function describeOpened({ addresses, workload, port, protocol }: ForwardStatus): string {
  return `${addresses.join(" ")} -> ${workload} port ${port}${protocol === "udp" ? "/udp" : ""}`;
}

function onlyWorkload(host: Host): string {
  const all = host.list();
  const services = all.filter(({ workload }) => workload.service !== undefined);
  const [first, ...others] = services.length === 0 ? all : services;
  if (first !== undefined && others.length === 0) return first.id;
  const names = all.map(({ namespace, name }) => `${namespace}/${name}`);
  throw new UsageError(
    `--forward names no workload, and there are several: ${names.join(", ")}. Try --forward ${first?.name ?? "WORKLOAD"}/8080:3000`,
  );
}
