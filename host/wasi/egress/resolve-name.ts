/** The two ways to resolve names: as every program on the machine does, or by asking one name server. */
import { lookup, Resolver } from "node:dns/promises";
import { isIPv6 } from "node:net";
import { SocketError, type SocketErrorCode } from "../../network/error.ts";
import type { Resolve, ResolvedAddress } from "./resolver.ts";

/**
 * Asks the operating system (getaddrinfo), with all that its configuration says: hosts file, search order, mDNS.
 * It says nothing about lifetimes and cannot be cancelled: an abandoned lookup goes on in libuv's threads, of which
 * it can take two at most.
 */
export const resolveBySystem: Resolve = async (name) => {
  try {
    const answers = await lookup(name, { all: true, order: "verbatim" });
    return answers.map(({ address }) => ({ address: withoutZone(address), lifetime: undefined }));
  } catch (error) {
    throw toResolverError(name, error);
  }
};

/** Asks the name server at `server`, `address` or `address:port`, and nobody else. */
export function resolveByServer(server: string): Resolve {
  return async (name, signal) => {
    const resolver = new Resolver({ timeout: SERVER_TIMEOUT, tries: SERVER_TRIES });
    resolver.setServers([server]);
    const cancel = (): void => resolver.cancel();
    signal.addEventListener("abort", cancel, { once: true });
    try {
      const results = await Promise.allSettled([
        resolver.resolve4(name, { ttl: true }),
        resolver.resolve6(name, { ttl: true }),
      ]);
      signal.throwIfAborted();
      return combine(name, results);
    } finally {
      signal.removeEventListener("abort", cancel);
    }
  };
}

/** Milliseconds for each try. */
const SERVER_TIMEOUT = 3_000;
const SERVER_TRIES = 2;

interface TimedAddress {
  readonly address: string;
  /** Seconds. */
  readonly ttl: number;
}

/** A name that has addresses of one family only is resolved; one that has none fails as its worst query did. */
function combine(
  name: string,
  results: readonly PromiseSettledResult<TimedAddress[]>[],
): ResolvedAddress[] {
  const found = results.flatMap((result) => (result.status === "fulfilled" ? result.value : []));
  if (found.length > 0) {
    return found.map(({ address, ttl }) => ({ address, lifetime: ttl * 1000 }));
  }
  const failures = results.flatMap((result) =>
    result.status === "rejected" ? [toResolverError(name, result.reason)] : [],
  );
  const worst = failures.find(({ code }) => code !== "name-unresolvable") ?? failures[0];
  if (worst === undefined) return [];
  throw worst;
}

/** WIT's code for what node:dns reports; error codes of getaddrinfo and of c-ares. */
function toResolverError(name: string, error: unknown): SocketError {
  const code = typeof error === "object" && error !== null && "code" in error ? error.code : "";
  const reason = error instanceof Error ? error.message : String(error);
  return new SocketError(
    CODES.get(String(code)) ?? "permanent-resolver-failure",
    `Cannot resolve ${name}: ${reason}`,
    { cause: error },
  );
}

const CODES: ReadonlyMap<string, SocketErrorCode> = new Map([
  // WIT: "Name does not exist or has no suitable associated IP addresses. (EAI_NONAME, EAI_NODATA, EAI_ADDRFAMILY)"
  ["ENOTFOUND", "name-unresolvable"],
  ["ENODATA", "name-unresolvable"],
  ["EAI_ADDRFAMILY", "name-unresolvable"],
  // WIT: "A temporary failure in name resolution occurred. (EAI_AGAIN)"
  ["EAI_AGAIN", "temporary-resolver-failure"],
  ["EAI_MEMORY", "temporary-resolver-failure"],
  ["ETIMEOUT", "temporary-resolver-failure"],
  ["ESERVFAIL", "temporary-resolver-failure"],
  ["ECONNREFUSED", "temporary-resolver-failure"],
] as const);

function withoutZone(address: string): string {
  return isIPv6(address) ? (address.split("%", 1)[0] ?? address) : address;
}
