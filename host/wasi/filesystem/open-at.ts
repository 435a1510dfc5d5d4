import { constants, openSync, truncateSync } from "node:fs";
import type {
  DescriptorFlags,
  OpenFlags,
} from "@bytecodealliance/preview2-shim/interfaces/wasi-filesystem-types";
import { descriptorPath, entryPath } from "./descriptor-path.ts";
import { FilesystemError, isSystemError } from "./error.ts";
import { Lookup } from "./lookup.ts";
import { OpenFile } from "./open-file.ts";
import { statDescriptor } from "./stat.ts";
import type { Volume } from "./volume.ts";

/** How a guest asked for a file. */
export interface OpenRequest {
  readonly path: string;
  readonly follow: boolean;
  readonly open: OpenFlags;
  readonly flags: DescriptorFlags;
}

/**
 * Opens what a path below the directory `base` leads to, or makes it.
 * Only regular files and directories are opened: everything else is `unsupported`, and is not touched.
 */
export function openAt(base: number, volume: Volume, request: OpenRequest): OpenFile {
  const { open } = request;
  if (open.directory === true && (open.create || open.exclusive || open.truncate)) {
    throw new FilesystemError("invalid", "A directory is not created or truncated by opening it");
  }
  if (open.create === true && request.path.endsWith("/")) {
    throw new FilesystemError("is-directory", "The path is that of a directory");
  }
  // Before anything is made that could not be opened.
  volume.quota.checkRoom();
  for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt += 1) {
    using lookup = Lookup.object(base, request.path, request.follow && open.exclusive !== true);
    if (lookup.object !== undefined) return openExisting(lookup, volume, request);
    if (open.create !== true) lookup.existing();
    const created = create(lookup, volume, request);
    if (created !== undefined) return created;
  }
  throw new FilesystemError("busy", "The file came and went while it was opened");
}

/** Others may make and delete a file at every step; a guest that does so in a loop must not keep its host busy. */
const ATTEMPTS_MAX = 16;

function openExisting(lookup: Lookup, volume: Volume, request: OpenRequest): OpenFile {
  const { open, flags } = request;
  const object = lookup.existing();
  const stats = statDescriptor(object);
  if (open.create && open.exclusive) throw new FilesystemError("exist", "The file exists");
  if (stats.isSymbolicLink()) {
    throw open.directory === true
      ? new FilesystemError("not-directory", "A link is not followed, and is no directory")
      : new FilesystemError("loop", "A link is not followed");
  }
  if (stats.isDirectory()) {
    if (flags.write || open.truncate || open.create) {
      throw new FilesystemError("is-directory", "A directory cannot be written");
    }
    return new OpenFile(lookup.take(), volume);
  }
  if (open.directory) throw new FilesystemError("not-directory", "The file is no directory");
  if (!stats.isFile()) throw new FilesystemError("unsupported", "The file is no regular file");
  if (!flags.read && !flags.write) {
    if (open.truncate) truncate(object, volume);
    return new OpenFile(lookup.take(), volume);
  }
  const file = new OpenFile(openSync(descriptorPath(object), toSystemFlags(flags)), volume);
  try {
    if (open.truncate) truncate(object, volume);
    return file;
  } catch (error) {
    file[Symbol.dispose]();
    throw error;
  }
}

/** Opens once more a file that is open for writing, so that each write goes behind its end. */
export function openToAppend({ fd, volume }: OpenFile): OpenFile {
  volume.quota.checkRoom();
  return new OpenFile(
    openSync(descriptorPath(fd), constants.O_WRONLY | constants.O_APPEND),
    volume,
  );
}

/** Undefined where somebody else made something of that name meanwhile. */
function create(
  { directory, name }: Lookup,
  volume: Volume,
  { flags }: OpenRequest,
): OpenFile | undefined {
  if (name === undefined) return undefined;
  const { usage } = volume;
  usage?.growEntry();
  let fd: number;
  try {
    // With these flags the system makes a regular file or answers that something is there, links included.
    const created = constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;
    fd = openSync(entryPath(directory, name), toSystemFlags(flags) | created, FILE_MODE);
  } catch (error) {
    usage?.shrinkEntry();
    if (isSystemError(error, "EEXIST")) return undefined;
    throw error;
  }
  return new OpenFile(fd, volume);
}

/** With `O_TRUNC` nobody would know how much became free. */
function truncate(object: number, { usage }: Volume): void {
  const { size } = statDescriptor(object);
  truncateSync(descriptorPath(object), 0);
  usage?.shrink(size);
}

/**
 * WIT, of the flags for integrity: "it should be interpreted as a request, and not a requirement";
 * `requested-write-sync` is not among what Linux has.
 */
function toSystemFlags(flags: DescriptorFlags): number {
  const { O_RDONLY, O_WRONLY, O_RDWR, O_NONBLOCK, O_NOCTTY, O_SYNC, O_DSYNC } = constants;
  const write = flags.read ? O_RDWR : O_WRONLY;
  return (
    (flags.write ? write : O_RDONLY) |
    (flags.fileIntegritySync ? O_SYNC : 0) |
    (flags.dataIntegritySync ? O_DSYNC : 0) |
    O_NONBLOCK |
    O_NOCTTY
  );
}

/** What the mask of the process leaves of it. */
const FILE_MODE = 0o666;
