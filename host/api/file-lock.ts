import { rm, stat } from "node:fs/promises";
import { DatabaseSync } from "node:sqlite";
import { setTimeout as sleep } from "node:timers/promises";

/**
 * Runs `work` while no other holder of the lock at `path` runs, in this process or another one of this machine.
 * Nothing of a holder that is killed remains but the file, which the next one takes and removes.
 *
 * Node locks no files. SQLite does, and the operating system takes its locks back from a process that ends
 * (https://sqlite.org/lockingv3.html); nothing is ever written to the file.
 *
 * @throws `FileLockError` after `patience` milliseconds (15 000 if it is not given) in which others held it, or where
 *   the file cannot be had; and what `work` throws.
 */
export async function withFileLock<T>(
  path: string,
  work: () => Promise<T>,
  { patience = PATIENCE }: { readonly patience?: number } = {},
): Promise<T> {
  const deadline = performance.now() + patience;
  for (;;) {
    using held = await tryLock(path);
    if (held !== undefined) {
      try {
        return await work();
      } finally {
        await rm(path, { force: true });
      }
    }
    if (performance.now() >= deadline) {
      throw new FileLockError(path, "another process holds it");
    }
    await sleep(RETRY_MIN + Math.random() * RETRY_SPREAD);
  }
}

/** Why a lock cannot be had. */
export class FileLockError extends Error {
  override readonly name = "FileLockError";

  constructor(path: string, reason: string, options?: ErrorOptions) {
    super(`Cannot lock ${path}: ${reason}`, options);
  }
}

const PATIENCE = 15_000;
const RETRY_MIN = 5;
const RETRY_SPREAD = 15;

/**
 * `SQLITE_BUSY`, and `SQLITE_IOERR_FSTAT` where the holder removed the file while it was being locked
 * (https://sqlite.org/rescode.html).
 */
const HELD: ReadonlySet<unknown> = new Set([5, 1802]);

/** Undefined where somebody else has it. */
async function tryLock(path: string): Promise<Disposable | undefined> {
  // Makes the file where it is missing. Not with node:fs: closing a file of one's own gives up the locks on it (fcntl(2)).
  if ((await inodeOf(path)) === undefined) openDatabase(path).close();
  const before = await inodeOf(path);
  const database = openDatabase(path);
  try {
    database.exec("BEGIN EXCLUSIVE");
    // Who had the lock until now may have removed the file between: then this is one that nobody else sees.
    if (before !== undefined && (await inodeOf(path)) === before) {
      return { [Symbol.dispose]: () => database.close() };
    }
  } catch (error) {
    if (!(error instanceof Error && "errcode" in error && HELD.has(error.errcode))) {
      database.close();
      throw error instanceof FileLockError ? error : asLockError(path, error);
    }
  }
  database.close();
  return undefined;
}

function openDatabase(path: string): DatabaseSync {
  try {
    return new DatabaseSync(path, { timeout: 0 });
  } catch (error) {
    throw asLockError(path, error);
  }
}

function asLockError(path: string, error: unknown): FileLockError {
  const reason = error instanceof Error ? error.message : String(error);
  return new FileLockError(path, reason, { cause: error });
}

/** Undefined where there is no such file. */
async function inodeOf(path: string): Promise<number | undefined> {
  try {
    return (await stat(path, { throwIfNoEntry: false }))?.ino;
  } catch (error) {
    throw asLockError(path, error);
  }
}
