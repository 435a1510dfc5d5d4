import { closeSync, constants, fstatSync, openSync } from "node:fs";
import type { MountedDirectory } from "../wasi/filesystem/mount.ts";
import { VolumeError } from "./volume-error.ts";

/**
 * The directories that the guests of one replica mount, each of which is opened once.
 * They are open while the replica lives, so that a mount stays the same directory whatever is put in its place.
 */
export class OpenDirectories implements Disposable {
  readonly #open = new Map<string, MountedDirectory>();

  /** The directory that is at `path` when it is asked for first. Throws `VolumeError`, which calls the volume `name`. */
  open(path: string, name: string): MountedDirectory {
    const known = this.#open.get(path);
    if (known !== undefined) return known;
    try {
      const fd = openSync(path, constants.O_RDONLY | constants.O_DIRECTORY);
      const { dev, ino } = fstatSync(fd, { bigint: true });
      const directory = { fd, device: dev, inode: ino };
      this.#open.set(path, directory);
      return directory;
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw new VolumeError("unavailable", `Cannot mount the volume ${name}: ${reason}`, { cause });
    }
  }

  /** Idempotent. */
  [Symbol.dispose](): void {
    for (const { fd } of this.#open.values()) closeSync(fd);
    this.#open.clear();
  }
}
