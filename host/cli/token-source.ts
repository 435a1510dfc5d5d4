import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { readOrCreateToken } from "../api/token-file.ts";
import { Token, TokenError } from "../api/token.ts";
import { stateDirectory } from "./directories.ts";
import { UsageError } from "./usage-error.ts";

/** The file with this user's token, for hosts and commands that were not given another. */
export function tokenFile(environment: NodeJS.ProcessEnv): string {
  return join(stateDirectory(environment), "api-token");
}

export interface TokenFlags {
  readonly apiTokenFile?: string | undefined;
  readonly apiAdminTokenFile?: string | undefined;
}

/** The tokens that a host asks for over TCP. */
export interface Tokens {
  readonly token: Token;
  /** The administrator's; undefined where there is none. */
  readonly adminToken: Token | undefined;
}

/**
 * The token is that of its file, of `ISLET_TOKEN`, or this user's, which is made if need be; the administrator's that
 * of its file or of `ISLET_ADMIN_TOKEN`. Rejects where one of them is none, or where both are the same.
 */
export async function readTokens(
  { apiTokenFile, apiAdminTokenFile }: TokenFlags,
  environment: NodeJS.ProcessEnv,
): Promise<Tokens> {
  const text =
    (await readGiven("--api-token-file", apiTokenFile)) ??
    fromVariable("ISLET_TOKEN", environment) ??
    (await readOwn(environment));
  const admin =
    (await readGiven("--api-admin-token-file", apiAdminTokenFile)) ??
    fromVariable("ISLET_ADMIN_TOKEN", environment);
  if (admin?.text === text.text) {
    throw new UsageError(
      `${admin.source} holds the token that every client has, which makes all of them administrators`,
    );
  }
  return { token: toToken(text), adminToken: admin === undefined ? undefined : toToken(admin) };
}

/** What may be a token, and where it is from. */
interface TokenText {
  readonly text: string;
  readonly source: string;
}

async function readOwn(environment: NodeJS.ProcessEnv): Promise<TokenText> {
  const path = tokenFile(environment);
  return { text: await readOrCreateToken(path), source: path };
}

function fromVariable(name: string, environment: NodeJS.ProcessEnv): TokenText | undefined {
  const text = environment[name];
  return text === undefined || text === "" ? undefined : { text, source: name };
}

async function readGiven(flag: string, path: string | undefined): Promise<TokenText | undefined> {
  if (path === undefined) return undefined;
  try {
    return { text: (await readFile(path, "utf8")).trim(), source: `${flag} ${path}` };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new UsageError(`${flag} ${path} cannot be read: ${reason}`);
  }
}

function toToken({ text, source }: TokenText): Token {
  try {
    return new Token(text);
  } catch (error) {
    if (!(error instanceof TokenError)) throw error;
    throw new Error(`${error.message}. It is that of ${source}`, { cause: error });
  }
}
