import { findEntry, openDirectory, OwnedDescriptor, reopen } from "./descriptor-path.ts";
import { EntryReader } from "./entry-reader.ts";
import { FilesystemError, isSystemError, toFilesystemError } from "./error.ts";
import { decodeName } from "./path.ts";
import { statDescriptor } from "./stat.ts";

/** What each file, directory and link counts beside its contents, in bytes: a block for its place on the disk. */
export const ENTRY_BYTES = 4096n;

/** Entries that are looked at before a volume is given up as too large to be measured while a guest waits. */
const ENTRIES_MAX = 100_000;
/** Directories inside each other, each of which is a descriptor meanwhile. */
const DEPTH_MAX = 256;

/**
 * The bytes that the volume under descriptor `directory` has in use: the size of each file once, however many names
 * it has, and `ENTRY_BYTES` for each name. Undefined where there are too many to tell, or somebody else made what a guest
 * could not have. Links are not followed.
 */
export function measureVolume(directory: number): bigint | undefined {
  const count: Count = { bytes: 0n, entries: 0, inodes: new Set() };
  using root = new OwnedDescriptor(reopen(directory));
  try {
    return measureDirectory(root.fd, count, 0) ? count.bytes : undefined;
  } catch (error) {
    if (toFilesystemError(error) instanceof FilesystemError) return undefined;
    throw error;
  }
}

interface Count {
  bytes: bigint;
  entries: number;
  /** Files with several names that were counted. */
  readonly inodes: Set<bigint>;
}

/** Whether all of it was counted. */
function measureDirectory(directory: number, count: Count, depth: number): boolean {
  if (depth > DEPTH_MAX) return false;
  using reader = new EntryReader(directory);
  for (;;) {
    const next = reader.next();
    if (next === undefined) return true;
    count.entries += 1;
    if (count.entries > ENTRIES_MAX) return false;
    count.bytes += ENTRY_BYTES;
    // Names of a volume come from guests, which can write UTF-8 only.
    const name = decodeName(next.name);
    if (!measureEntry(directory, name, count, depth)) return false;
  }
}

function measureEntry(directory: number, name: string, count: Count, depth: number): boolean {
  const fd = findEntry(directory, name);
  if (fd === undefined) return true;
  using entry = new OwnedDescriptor(fd);
  const stats = statDescriptor(entry.fd);
  if (stats.isFile()) {
    if (stats.nlink > 1n && count.inodes.has(stats.ino)) return true;
    if (stats.nlink > 1n) count.inodes.add(stats.ino);
    count.bytes += stats.size;
    return true;
  }
  return !stats.isDirectory() || enter(directory, name, count, depth + 1);
}

function enter(directory: number, name: string, count: Count, depth: number): boolean {
  try {
    using child = new OwnedDescriptor(openDirectory(directory, name));
    return measureDirectory(child.fd, count, depth);
  } catch (error) {
    // Gone, or something else by now: what changed it has counted that.
    if (isSystemError(error, "ENOENT", "ENOTDIR")) return true;
    throw error;
  }
}
