import type { Replica } from "./replica.ts";
import type { ListenerStatus } from "./status.ts";

/** What services listen on, inside of the networks of these replicas. */
export function listenersOf(replicas: readonly Replica[]): readonly ListenerStatus[] {
  return replicas.flatMap(({ index, ports }) =>
    ports.map((address) => ({ replica: index, protocol: "tcp", address }) as const),
  );
}
