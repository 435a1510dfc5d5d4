import { readSecret, SecretError } from "../tunnel/secret-source.ts";
import type { Secret } from "../tunnel/secret.ts";
import { UsageError } from "./usage-error.ts";

/** The secrets that options name. Throws `UsageError` where one cannot be read. */
export async function readSecrets(
  files: readonly string[],
  variable: string | undefined,
  environment: NodeJS.ProcessEnv,
): Promise<readonly Secret[]> {
  try {
    const fromFiles = files.map((path) => readSecret({ tag: "file", path }));
    const all = await Promise.all(fromFiles);
    if (variable === undefined) return all;
    return [...all, await readSecret({ tag: "environment", name: variable }, environment)];
  } catch (error) {
    if (error instanceof SecretError) throw new UsageError(error.message);
    throw error;
  }
}
