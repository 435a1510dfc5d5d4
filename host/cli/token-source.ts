import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { readOrCreateToken } from "../api/token-file.ts";
import { stateDirectory } from "./directories.ts";
import { UsageError } from "./usage-error.ts";

/** The file with this user's token, for hosts and commands that were not given another. */
export function tokenFile(environment: NodeJS.ProcessEnv): string {
  return join(stateDirectory(environment), "api-token");
}

/** The token that a host is to ask for: that of `path`, of `ISLET_TOKEN`, or this user's, which is made if need be. */
export async function readToken(
  path: string | undefined,
  environment: NodeJS.ProcessEnv,
): Promise<string> {
  if (path !== undefined) return await readTokenFile("--api-token-file", path);
  return environment["ISLET_TOKEN"] || (await readOrCreateToken(tokenFile(environment)));
}

/** The administrator's token: that of `path` or of `ISLET_ADMIN_TOKEN`; undefined where there is none. */
export async function readAdminToken(
  path: string | undefined,
  environment: NodeJS.ProcessEnv,
): Promise<string | undefined> {
  if (path !== undefined) return await readTokenFile("--api-admin-token-file", path);
  return environment["ISLET_ADMIN_TOKEN"] || undefined;
}

async function readTokenFile(flag: string, path: string): Promise<string> {
  try {
    return (await readFile(path, "utf8")).trim();
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new UsageError(`${flag} ${path} cannot be read: ${reason}`);
  }
}
