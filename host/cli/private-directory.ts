import { chmod, lstat, mkdir } from "node:fs/promises";

/** Makes a directory that is this user's alone, or makes sure that it is. Rejects where it is somebody else's. */
export async function makePrivateDirectory(path: string): Promise<void> {
  await mkdir(path, { recursive: true, mode: 0o700 });
  await checkOwner(path);
  const { mode } = await lstat(path);
  if ((mode & 0o077) !== 0) await chmod(path, 0o700);
}

/** Rejects where `path` is not a directory of this user: whoever has made it could pass for the host. */
export async function checkOwner(path: string): Promise<void> {
  const found = await lstat(path).catch(() => undefined);
  if (found === undefined || process.getuid === undefined) return;
  if (found.isDirectory() && found.uid === process.getuid()) return;
  throw new Error(
    `${path} cannot be used for sockets: it is not a directory of this user. Set XDG_RUNTIME_DIR`,
  );
}
