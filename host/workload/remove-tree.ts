import { randomUUID } from "node:crypto";
import { constants } from "node:fs";
import { open, opendir, rename, rmdir, unlink } from "node:fs/promises";

/**
 * Removes a directory and all that is in it, following no link. Idempotent.
 *
 * Guests can nest directories deeper than any path may be long, and deeper than descriptors suffice for. So what is
 * found inside of a directory is moved next to it before it is looked into: nothing here is ever two levels deep.
 */
export async function removeTree(path: string): Promise<void> {
  await using root = await openDirectory(path);
  if (root === undefined) return;
  for (let isEmpty = false; !isEmpty;) {
    isEmpty = true;
    for await (const name of namesIn(root.fd)) {
      isEmpty = false;
      if (!(await tryUnlink(root.fd, name))) await removeDirectory(root.fd, name);
    }
  }
  await ignoring(["ENOENT"], rmdir(path));
}

/** Moves the directories in one of `root` into `root`, and removes the rest of it. */
async function removeDirectory(root: number, name: Buffer): Promise<void> {
  await using directory = await openDirectory(pathOf(root, name));
  if (directory === undefined) return;
  for await (const inner of namesIn(directory.fd)) {
    if (await tryUnlink(directory.fd, inner)) continue;
    // A name that nobody could have taken before.
    const place = pathOf(root, Buffer.from(randomUUID()));
    await ignoring(["ENOENT"], rename(pathOf(directory.fd, inner), place));
  }
  // Not all file systems show everything that is in a directory while it changes: it is looked into once more.
  await ignoring(["ENOENT", "ENOTEMPTY"], rmdir(pathOf(root, name)));
}

async function openDirectory(
  path: string | Buffer,
): Promise<(AsyncDisposable & { readonly fd: number }) | undefined> {
  try {
    return await open(path, constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW);
  } catch (error) {
    if (codeOf(error) === "ENOENT") return undefined;
    throw error;
  }
}

/** The names in a directory, as bytes, since not all of them are text. */
async function* namesIn(fd: number): AsyncGenerator<Buffer> {
  const entries = await Reflect.apply(opendir, undefined, [
    `/proc/self/fd/${fd}`,
    { encoding: "buffer" },
  ]);
  for await (const { name } of entries) yield Buffer.from(name);
}

/** Whether the entry is gone; a directory is not. */
async function tryUnlink(directory: number, name: Buffer): Promise<boolean> {
  try {
    await unlink(pathOf(directory, name));
    return true;
  } catch (error) {
    const code = codeOf(error);
    if (code === "ENOENT") return true;
    if (code === "EISDIR" || code === "EPERM") return false;
    throw error;
  }
}

function pathOf(directory: number, name: Buffer): Buffer {
  return Buffer.concat([Buffer.from(`/proc/self/fd/${directory}/`), name]);
}

/** Another process may be removing the same. */
async function ignoring(codes: readonly unknown[], act: Promise<void>): Promise<void> {
  try {
    await act;
  } catch (error) {
    if (!codes.includes(codeOf(error))) throw error;
  }
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && "code" in error ? error.code : undefined;
}
