/** What manifests say of forwards. */
import type { NewForward } from "./forward-operations.ts";
import type { Service, Workload } from "./manifest/workload.ts";
import { formatPublish, parsePublish } from "./network/publish.ts";
import { OperationError } from "./workload/operation-error.ts";

interface Declared {
  readonly forward: NewForward;
  readonly port: number;
}

/** The forwards that a manifest declares, by what makes them the same. */
export function declaredBy({ service }: Workload): Map<string, Declared> {
  const declared = new Map<string, Declared>();
  for (const { name, port, protocol, publish: text, ...options } of service?.ports ?? []) {
    if (text === undefined) continue;
    const publish = parsePublish(text);
    const key = `${formatPublish(publish)} ${port}/${protocol}`;
    declared.set(key, { forward: { publish, protocol, port, label: name, ...options }, port });
  }
  return declared;
}

/** The number of the port that `forward` leads to. Throws `OperationError` (`not-found`) where no port is called that. */
export function toPort(
  name: string,
  service: Service | undefined,
  { port, protocol }: NewForward,
): number {
  if (typeof port === "number") return port;
  const ports = service?.ports ?? [];
  const found = ports.find((one) => one.name === port && one.protocol === protocol);
  if (found !== undefined) return found.port;
  const names = ports.map((one) => `"${one.name}"`).join(", ");
  throw new OperationError(
    "not-found",
    `Workload ${name} declares no ${protocol} port "${port}"${names === "" ? "" : `, but ${names}`}`,
  );
}
