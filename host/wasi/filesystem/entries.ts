/** What changes the entries of directories: the paths of these calls are resolved up to their last name. */
import { linkSync, mkdirSync, renameSync, rmdirSync, symlinkSync, unlinkSync } from "node:fs";
import { checkText } from "../check-argument.ts";
import type { BigIntStats } from "node:fs";
import { entryPath, findEntry, OwnedDescriptor } from "./descriptor-path.ts";
import { FilesystemError } from "./error.ts";
import { Lookup } from "./lookup.ts";
import { assertRelative } from "./path.ts";
import { statDescriptor } from "./stat.ts";
import type { Volume } from "./volume.ts";

/** A directory that paths begin at. */
export interface Base {
  readonly fd: number;
  readonly volume: Volume;
}

export function createDirectory({ fd, volume }: Base, path: string): void {
  using lookup = Lookup.entry(fd, path);
  const name = lookup.requireName("exist");
  addEntry(volume, () => mkdirSync(entryPath(lookup.directory, name)));
}

/** WIT: "If `old-path` starts with `/`, the function fails with `error-code::not-permitted`." */
export function createSymlink({ fd, volume }: Base, content: string, path: string): void {
  assertRelative(checkText(content));
  if (content === "") throw new FilesystemError("no-entry", "The content of the link is empty");
  if (content.includes("\0")) throw new FilesystemError("invalid", "The content has a NUL");
  using lookup = Lookup.entry(fd, path);
  const name = lookup.requireName("exist");
  if (path.endsWith("/")) throw new FilesystemError("no-entry", "A slash follows the link's name");
  addEntry(volume, () => symlinkSync(content, entryPath(lookup.directory, name)));
}

/** Makes a second name; a link at the end of `path` is followed where `follow` is true, else it is linked itself. */
export function createLink(
  { fd, volume }: Base,
  { path, follow }: { readonly path: string; readonly follow: boolean },
  target: Base,
  newPath: string,
): void {
  assertSameVolume(volume, target.volume);
  using old = Lookup.object(fd, path, follow);
  old.existing();
  using lookup = Lookup.entry(target.fd, newPath);
  const name = lookup.requireName("exist");
  // A directory has one name only.
  const oldName = old.requireName("not-permitted");
  if (newPath.endsWith("/")) throw new FilesystemError("no-entry", "A slash follows the new name");
  addEntry(volume, () =>
    linkSync(entryPath(old.directory, oldName), entryPath(lookup.directory, name)),
  );
}

/** WIT: "Return `error-code::not-empty` if the directory is not empty." */
export function removeDirectory({ fd, volume }: Base, path: string): void {
  using lookup = Lookup.entry(fd, path);
  const name = lookup.requireName("invalid");
  rmdirSync(entryPath(lookup.directory, name));
  volume.usage?.shrinkEntry();
}

/** WIT: "Return `error-code::is-directory` if the path refers to a directory." */
export function unlinkFile({ fd, volume }: Base, path: string): void {
  using lookup = Lookup.entry(fd, path);
  const name = lookup.requireName("is-directory");
  using victim = new Victim(volume, lookup.directory, name);
  if (victim.stats?.isDirectory()) {
    throw new FilesystemError("is-directory", "The path leads to a directory");
  }
  unlinkSync(entryPath(lookup.directory, name));
  victim.settle();
}

export function renameEntry({ fd, volume }: Base, path: string, target: Base, to: string): void {
  assertSameVolume(volume, target.volume);
  using old = Lookup.entry(fd, path);
  using lookup = Lookup.entry(target.fd, to);
  const oldName = old.requireName("busy");
  const name = lookup.requireName("busy");
  if (to.endsWith("/") && !isDirectory(old.directory, oldName)) {
    throw new FilesystemError("not-directory", "A slash follows the new name of a file");
  }
  using victim = new Victim(volume, lookup.directory, name);
  renameSync(entryPath(old.directory, oldName), entryPath(lookup.directory, name));
  victim.settle();
}

/** A link or rename between volumes would move bytes past their limits, and past `readOnly` of another mount. */
function assertSameVolume(one: Volume, other: Volume): void {
  if (!one.isSame(other)) throw new FilesystemError("cross-device", "The volumes are different");
}

function addEntry({ usage }: Volume, act: () => void): void {
  usage?.growEntry();
  try {
    act();
  } catch (error) {
    usage?.shrinkEntry();
    throw error;
  }
}

function isDirectory(directory: number, name: string): boolean {
  const fd = findEntry(directory, name);
  if (fd === undefined) return false;
  using entry = new OwnedDescriptor(fd);
  return statDescriptor(entry.fd).isDirectory();
}

/** What stands where a call takes a name away, for the volume's count. */
class Victim implements Disposable {
  readonly stats: BigIntStats | undefined;
  readonly #volume: Volume;
  readonly #entry: OwnedDescriptor | undefined;

  constructor(volume: Volume, directory: number, name: string) {
    this.#volume = volume;
    const fd = findEntry(directory, name);
    this.#entry = fd === undefined ? undefined : new OwnedDescriptor(fd);
    this.stats = fd === undefined ? undefined : statDescriptor(fd);
  }

  /** Counts the name as gone, and the file where that was its last; nothing where it is still there. */
  settle(): void {
    const { usage } = this.#volume;
    if (usage === undefined || this.#entry === undefined || this.stats === undefined) return;
    const after = statDescriptor(this.#entry.fd);
    if (after.nlink >= this.stats.nlink) return;
    usage.shrinkEntry();
    // Where a second name was taken away at the same time, nobody can tell whose was the last: it is measured later.
    if (after.nlink === 0n && this.stats.nlink === 1n && after.isFile()) {
      usage.deleted(after.ino, after.size);
    }
  }

  [Symbol.dispose](): void {
    this.#entry?.[Symbol.dispose]();
  }
}
