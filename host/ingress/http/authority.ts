import { isIP } from "node:net";

/** The form of a host in which names are compared: lower case, without a final dot. */
export function canonicalHost(host: string): string {
  const lower = host.toLowerCase();
  return lower.endsWith(".") ? lower.slice(0, -1) : lower;
}

/** The host of `host[:port]` (RFC 9110 §7.2) in canonical form; undefined where the text is none. */
export function hostOf(authority: string): string | undefined {
  const match = AUTHORITY.exec(authority);
  if (match === null) return undefined;
  const [, bracketed, plain] = match;
  if (bracketed !== undefined) return isIP(bracketed) === 6 ? bracketed.toLowerCase() : undefined;
  return plain === undefined ? undefined : canonicalHost(plain);
}

const AUTHORITY =
  /^(?:\[([0-9a-f:.]+)\]|([a-z0-9_](?:[a-z0-9_.-]{0,253}[a-z0-9_])?\.?))(?::\d{0,5})?$/i;
