import { homedir } from "node:os";
import { isAbsolute, join } from "node:path";

/**
 * Where the host keeps what it can make again: `$XDG_CACHE_HOME/islet`, else `~/.cache/islet`.
 * A relative path in the variable counts as unset (XDG Base Directory Specification).
 */
export function cacheDirectory(environment: NodeJS.ProcessEnv): string {
  const base = environment["XDG_CACHE_HOME"];
  return base !== undefined && isAbsolute(base)
    ? join(base, "islet")
    : join(homedir(), ".cache", "islet");
}
