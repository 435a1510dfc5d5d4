/**
 * The grammar of `allowedIpNameLookups`, which is wasmCloud's:
 * `*`, `*.suffix` (names below it, never an address), a name, or an IP literal. No ports, no schemes.
 *
 * A literal needs no lookup, so its entry changes nothing; it is read because wasmCloud reads it.
 */
import type { Grant } from "./decision.ts";
import {
  type HostPattern,
  formatHostPattern,
  matchesHost,
  parseHostPattern,
} from "./host-pattern.ts";
import { formatIp, parseIp, withoutBrackets } from "./ip.ts";

/** One entry of `allowedIpNameLookups`. */
export interface AllowedName extends Grant {
  readonly target:
    | { readonly tag: "host"; readonly pattern: HostPattern }
    | { readonly tag: "address"; readonly address: string };
}

/** Reads one entry; undefined where it has none of the forms. */
export function parseAllowedName(text: string, origin?: string): AllowedName | undefined {
  const ip = parseIp(withoutBrackets(text));
  if (ip !== undefined) return { text, origin, target: { tag: "address", address: formatIp(ip) } };
  const pattern = parseHostPattern(text);
  return pattern === undefined ? undefined : { text, origin, target: { tag: "host", pattern } };
}

/** Whether the entry lets a name be looked up; `name` is in the form of `toHostName`. */
export function allowsLookup({ target }: AllowedName, name: string): boolean {
  return target.tag === "host" && matchesHost(target.pattern, name);
}

/**
 * Whether the entry grants connecting to what the name resolves to. `*` does not: it says that looking up is harmless,
 * and would else be a grant of every host.
 */
export function grantsAnswers(entry: AllowedName, name: string): boolean {
  const { target } = entry;
  return target.tag === "host" && target.pattern.tag !== "any" && allowsLookup(entry, name);
}

/** The entry in the one spelling that stands for all. */
export function formatAllowedName({ target }: Pick<AllowedName, "target">): string {
  return target.tag === "host" ? formatHostPattern(target.pattern) : target.address;
}
