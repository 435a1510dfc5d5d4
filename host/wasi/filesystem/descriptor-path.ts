/**
 * File system calls relative to an open directory, which Node has no functions for.
 * On Linux, `/proc/self/fd/N` leads to what descriptor N of this process has open, wherever that was moved
 * and whatever stands in its old place now; so a path of it and one name is what `openat` takes.
 */
import { closeSync, constants, existsSync, openSync } from "node:fs";
import { isSystemError } from "./error.ts";

/** Whether this machine has what guests' directories are made safe with: Linux, with `/proc`. */
export function supportsMounts(): boolean {
  return process.platform === "linux" && existsSync("/proc/self/fd");
}

/** What descriptor `fd` has open. Opening it leads to that very object, never through a link. */
export function descriptorPath(fd: number): string {
  return `/proc/self/fd/${fd}`;
}

/** The entry `name` of the directory that `fd` has open; `name` is one component, neither `.` nor `..`. */
export function entryPath(fd: number, name: string): string {
  return `/proc/self/fd/${fd}/${name}`;
}

/**
 * Opens an entry as what it is, without following it, and without any effect on it: a FIFO is not waited for,
 * a device not woken. The descriptor is for `fstat` and for `descriptorPath` only. Undefined where there is no such
 * entry; throws what else the system answers.
 */
export function findEntry(directory: number, name: string): number | undefined {
  try {
    return openSync(entryPath(directory, name), O_PATH | constants.O_NOFOLLOW);
  } catch (error) {
    if (isSystemError(error, "ENOENT")) return undefined;
    throw error;
  }
}

/** As `findEntry`, for a directory; anything else is `ENOTDIR`, a symbolic link to a directory included. */
export function openDirectory(directory: number, name: string): number {
  const flags = O_PATH | constants.O_NOFOLLOW | constants.O_DIRECTORY;
  return openSync(entryPath(directory, name), flags);
}

/** A second descriptor of what `fd` has open, as `findEntry` gives one. */
export function reopen(fd: number): number {
  return openSync(descriptorPath(fd), O_PATH);
}

/** Owns a descriptor until it is taken. */
export class OwnedDescriptor implements Disposable {
  readonly fd: number;
  #isOwned = true;

  constructor(fd: number) {
    this.fd = fd;
  }

  /** Hands the descriptor over: the caller closes it. */
  take(): number {
    this.#isOwned = false;
    return this.fd;
  }

  [Symbol.dispose](): void {
    if (!this.#isOwned) return;
    this.#isOwned = false;
    closeSync(this.fd);
  }
}

/** Not among Node's constants; the same number on every architecture that Node runs Linux on. */
const O_PATH = 0o10000000;
