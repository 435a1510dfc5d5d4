import { readFile, stat } from "node:fs/promises";
import { Secret } from "./secret.ts";

/** Where a secret is to be taken from. It is never an argument of a command: every process may read those. */
export type SecretSource =
  | { readonly tag: "file"; readonly path: string }
  | { readonly tag: "environment"; readonly name: string }
  | { readonly tag: "given"; readonly secret: Secret };

/**
 * Reads a secret. One line break at the end of a file is not part of it.
 * Rejects with `SecretError` where there is none, or where it is too large to be one.
 */
export async function readSecret(
  source: SecretSource,
  environment: Readonly<Record<string, string | undefined>> = process.env,
): Promise<Secret> {
  switch (source.tag) {
    case "given":
      return source.secret;
    case "environment": {
      const value = environment[source.name];
      if (value === undefined) {
        throw new SecretError(`Cannot read the secret from ${source.name}: it is not set`);
      }
      return new Secret(value);
    }
    case "file":
      return new Secret(await readSecretFile(source.path));
  }
}

/** A secret that cannot be read; the message never holds any of it. */
export class SecretError extends Error {
  override readonly name = "SecretError";
}

/** Larger files are something else, such as the wrong path. */
const FILE_MAX = 64 * 1024;

async function readSecretFile(path: string): Promise<string> {
  let text: string;
  try {
    const { size } = await stat(path);
    if (size > FILE_MAX) {
      throw new SecretError(
        `Cannot read the secret from ${path}: ${size} bytes are more than ${FILE_MAX}`,
      );
    }
    text = await readFile(path, "utf8");
  } catch (error) {
    if (error instanceof SecretError) throw error;
    const state = error instanceof Error ? error.message : String(error);
    throw new SecretError(`Cannot read the secret from ${path}: ${state}`, { cause: error });
  }
  return text.replace(/\r?\n$/, "");
}
