import { lstat, unlink } from "node:fs/promises";
import { connect } from "node:net";

/**
 * Removes the Unix socket at `path`, for which listening failed with `error`, where nobody listens on it any more:
 * a program that was killed leaves its socket behind. Returns whether it was removed; what is no socket stays.
 */
export async function removeStaleSocket(path: string, error: unknown): Promise<boolean> {
  const isTaken = error instanceof Error && "code" in error && error.code === "EADDRINUSE";
  if (!isTaken || !(await lstat(path)).isSocket() || (await isAnswered(path))) return false;
  await unlink(path);
  return true;
}

/** Whether anybody listens; one who does not let us in does as well. */
function isAnswered(path: string): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const socket = connect(path);
  socket.once("connect", () => resolve(true));
  socket.once("error", (error: NodeJS.ErrnoException) => resolve(error.code !== "ECONNREFUSED"));
  return promise.finally(() => socket.destroy());
}
