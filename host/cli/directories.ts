import { homedir, tmpdir, userInfo } from "node:os";
import { isAbsolute, join } from "node:path";

/**
 * Where the host keeps what it can make again: `$XDG_CACHE_HOME/islet`, else `~/.cache/islet`.
 * A relative path in the variable counts as unset (XDG Base Directory Specification).
 */
export function cacheDirectory(environment: NodeJS.ProcessEnv): string {
  return join(baseOf(environment["XDG_CACHE_HOME"]) ?? join(homedir(), ".cache"), "islet");
}

/** Where it keeps what it knows from one start to the next: `$XDG_STATE_HOME/islet`, else `~/.local/state/islet`. */
export function stateDirectory(environment: NodeJS.ProcessEnv): string {
  return join(baseOf(environment["XDG_STATE_HOME"]) ?? join(homedir(), ".local", "state"), "islet");
}

/**
 * Where its sockets are while it runs: `$XDG_RUNTIME_DIR/islet`. Where a system has no such directory,
 * one of the user's own among the temporary files, which somebody else may have made first.
 */
export function runtimeDirectory(environment: NodeJS.ProcessEnv): string {
  const base = baseOf(environment["XDG_RUNTIME_DIR"]);
  if (base !== undefined) return join(base, "islet");
  return join(tmpdir(), `islet-${process.getuid?.() ?? userInfo().username}`);
}

function baseOf(path: string | undefined): string | undefined {
  return path !== undefined && isAbsolute(path) ? path : undefined;
}
