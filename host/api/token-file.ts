import { randomBytes } from "node:crypto";
import { link, lstat, mkdir, readFile, unlink, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { TokenError } from "./token.ts";

/**
 * The token in the file at `path`, for this user's eyes only; it is made with the first one who asks.
 * Throws `TokenError` where others can read the file.
 */
export async function readOrCreateToken(path: string): Promise<string> {
  const known = await readOwnToken(path);
  if (known !== undefined) return known;
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  // Two hosts that start at once end up with one token: the link is made by one of them.
  const temporary = `${path}.${randomBytes(6).toString("hex")}`;
  await writeFile(temporary, `${randomBytes(32).toString("base64url")}\n`, {
    flag: "wx",
    mode: 0o600,
  });
  try {
    await link(temporary, path);
  } catch (error) {
    if (!hasCode(error, "EEXIST")) throw error;
  } finally {
    await unlink(temporary);
  }
  const token = await readOwnToken(path);
  if (token === undefined) throw new TokenError(`${path} was removed while it was made`);
  return token;
}

/** The token in a file that this user has to itself; undefined where there is no such file. */
export async function readOwnToken(path: string): Promise<string | undefined> {
  try {
    const { mode, uid } = await lstat(path);
    if (process.getuid !== undefined && uid !== process.getuid()) {
      throw new TokenError(`${path} belongs to another user. Remove it, or try --api-token-file`);
    }
    if (process.platform !== "win32" && (mode & 0o077) !== 0) {
      throw new TokenError(`others can read ${path}. Remove it: a new one is made`);
    }
    return (await readFile(path, "utf8")).trim();
  } catch (error) {
    if (hasCode(error, "ENOENT")) return undefined;
    throw error;
  }
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && "code" in error && error.code === code;
}
