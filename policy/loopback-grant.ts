/**
 * The grammar of `allowedHostLoopbackPorts`, which is wasmCloud's: `5432`, `5432/tcp` or `53/udp`.
 * Ports are named one by one: no ranges, no wildcard.
 */
import type { Grant } from "./decision.ts";
import type { Protocol } from "./policy.ts";

/** One port of the machine's loopback that a guest may reach. */
export interface LoopbackGrant extends Grant {
  readonly protocol: Protocol;
  /** 1 to 65535. */
  readonly port: number;
}

/** Reads one entry; undefined where it has none of the forms. */
export function parseLoopbackGrant(text: string, origin?: string): LoopbackGrant | undefined {
  const match = /^(\d{1,5})(?:\/(tcp|udp|TCP|UDP))?$/.exec(text);
  if (match === null) return undefined;
  const port = Number(match[1]);
  if (port < 1 || port > 65_535) return undefined;
  return { text, origin, port, protocol: match[2]?.toLowerCase() === "udp" ? "udp" : "tcp" };
}

/** The entry in the one spelling that stands for all: `5432/tcp`. */
export function formatLoopbackGrant({
  port,
  protocol,
}: Pick<LoopbackGrant, "port" | "protocol">): string {
  return `${port}/${protocol}`;
}
