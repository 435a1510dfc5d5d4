import type { Stats } from "node:fs";
import { chmod, lstat, mkdir, mkdtemp, rename, rm, stat, unlink } from "node:fs/promises";
import { connect, type Server } from "node:net";
import { dirname, join } from "node:path";
import { FileLockError, withFileLock } from "./file-lock.ts";

/** Why the control socket cannot be had; `taken` where another host answers there. */
export class SocketFileError extends Error {
  override readonly name = "SocketFileError";
  readonly code: "taken" | "unusable";

  constructor(code: "taken" | "unusable", path: string, reason: string, options?: ErrorOptions) {
    super(`Cannot serve the control API at ${path}: ${reason}`, options);
    this.code = code;
  }
}

/**
 * Makes `server` listen on a Unix socket that only this user can connect to. A file that nobody answers at is
 * replaced, one that somebody answers at is not. Its directory is made where it is missing.
 * Disposing of the result removes the file, unless another host has taken its place; it does not close the server.
 */
export async function listenOnSocketFile(server: Server, path: string): Promise<AsyncDisposable> {
  if (Buffer.byteLength(path) > PATH_MAX) {
    throw new SocketFileError("unusable", path, `the path is longer than ${PATH_MAX} bytes`);
  }
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  // Bound out of sight and moved into place when it is ready: nobody ever meets it with other rights.
  const hidden = await mkdtemp(join(dirname(path), "."));
  try {
    const bound = join(hidden, "s");
    await listen(server, bound, path);
    await chmod(bound, 0o600);
    await place(bound, path);
    const { ino } = await stat(path);
    return { [Symbol.asyncDispose]: () => removeOwn(path, ino) };
  } catch (error) {
    server.close();
    throw error;
  } finally {
    await rm(hidden, { recursive: true, force: true });
  }
}

/** Whether somebody answers at the socket `path`. */
export function isAnswered(path: string): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const probe = connect(path);
  const finish = (answer: boolean): void => {
    probe.destroy();
    resolve(answer);
  };
  probe.once("connect", () => finish(true));
  // A full backlog (EAGAIN) belongs to somebody, and so may what cannot be asked (EACCES).
  probe.once("error", (error: NodeJS.ErrnoException) => finish(!GONE.has(error.code ?? "")));
  probe.setTimeout(PROBE_TIME, () => finish(true));
  return promise;
}

const GONE: ReadonlySet<string> = new Set(["ECONNREFUSED", "ENOENT", "ENOTSOCK"]);

/** Milliseconds after which somebody who does not take a connection is busy and not gone. */
const PROBE_TIME = 2000;

/** What fits into `sockaddr_un.sun_path` on all systems, less what the hidden directory needs (unix(7)). */
const PATH_MAX = 100;

function listen(server: Server, bound: string, path: string): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const fail = (error: Error): void =>
    reject(new SocketFileError("unusable", path, error.message, { cause: error }));
  server.once("error", fail);
  server.listen(bound, () => {
    server.off("error", fail);
    resolve();
  });
  return promise;
}

/** Gives the socket its name; of several who try, one after the other looks who answers there. */
async function place(bound: string, path: string): Promise<void> {
  await locked(path, async () => {
    const found = await lookAt(path);
    if (found !== undefined && !found.isSocket()) {
      throw new SocketFileError("unusable", path, "there is a file that is no socket");
    }
    if (found !== undefined && (await isAnswered(path))) {
      throw new SocketFileError("taken", path, "another host answers there");
    }
    await rename(bound, path);
  });
}

async function removeOwn(path: string, ino: number): Promise<void> {
  const isOwn = async (): Promise<boolean> => (await lookAt(path))?.ino === ino;
  if (!(await isOwn())) return;
  await locked(path, async () => {
    if (await isOwn()) await unlink(path);
  });
}

/** Undefined where there is nothing. */
async function lookAt(path: string): Promise<Stats | undefined> {
  try {
    return await lstat(path);
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw error;
  }
}

/** A lock of its own beside the socket, for the moment that looking and changing take together. */
async function locked(path: string, work: () => Promise<void>): Promise<void> {
  try {
    await withFileLock(`${path}.lock`, work);
  } catch (error) {
    if (!(error instanceof FileLockError)) throw error;
    throw new SocketFileError("unusable", path, error.message, { cause: error });
  }
}
