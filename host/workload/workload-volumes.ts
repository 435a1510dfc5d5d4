import { closeSync, constants, fstatSync, mkdirSync, openSync } from "node:fs";
import { join } from "node:path";
import type { Volume } from "../manifest/workload.ts";
import { supportsMounts } from "../wasi/filesystem/descriptor-path.ts";
import type { Mount, MountedDirectory } from "../wasi/filesystem/mount.ts";
import { createVolumeLimit, type VolumeLimit } from "../wasi/filesystem/volume-usage.ts";
import type { CellStart, GuestStart } from "./cell-start.ts";
import { removeTree } from "./remove-tree.ts";
import { VolumeError } from "./volume-error.ts";

export interface WorkloadVolumesOptions {
  /** Where the volumes that are made for the workload are, each time it is needed. */
  readonly directory: () => string;
  /** Told of what could not be removed. */
  readonly warn: (message: string) => void;
}

/**
 * The volumes of one workload, through all of its versions, restarts and stops: what its guests wrote is there until
 * the workload is deleted. Each replica has its own, but for directories of the machine.
 * Disposing it, once nothing of the workload runs, removes what was made for it.
 */
export class WorkloadVolumes implements AsyncDisposable {
  readonly #options: WorkloadVolumesOptions;
  readonly #open = new Map<string, MountedDirectory>();
  readonly #counters = new Map<string, VolumeLimit>();
  #made: string | undefined;

  constructor(options: WorkloadVolumesOptions) {
    this.#options = options;
  }

  /** What the cell of a replica starts with, its guests' mounts included. Throws `VolumeError`. */
  attach(start: CellStart, volumes: readonly Volume[], replica: number): CellStart {
    const mounted = <T extends GuestStart>(guest: T | undefined): T | undefined =>
      guest && { ...guest, mounts: this.#mountsOf(guest, volumes, replica) };
    return { ...start, service: mounted(start.service), http: mounted(start.http) };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const { fd } of this.#open.values()) closeSync(fd);
    this.#open.clear();
    if (this.#made === undefined) return;
    try {
      await removeTree(this.#made);
    } catch (error) {
      this.#options.warn(`Cannot remove volumes in ${this.#made}: ${messageOf(error)}`);
    }
    this.#made = undefined;
  }

  #mountsOf(
    { volumeMounts = [] }: GuestStart,
    volumes: readonly Volume[],
    replica: number,
  ): Mount[] {
    return volumeMounts.map(({ name, path, readOnly }) => {
      const volume = volumes.find((each) => each.name === name);
      if (volume === undefined) {
        throw new VolumeError(
          "unavailable",
          `Cannot mount ${name}: the workload has no such volume`,
        );
      }
      assertSupported();
      return { path, readOnly, ...this.#volume(volume, replica) };
    });
  }

  #volume(volume: Volume, replica: number): Pick<Mount, "directory" | "limit"> {
    switch (volume.tag) {
      case "host-path":
        return { directory: this.#directory(volume.path, volume.name) };
      case "ephemeral": {
        const path = this.#make(volume.name, replica);
        const directory = this.#directory(path, volume.name);
        const { sizeLimit } = volume;
        return sizeLimit === undefined
          ? { directory }
          : { directory, limit: this.#limit(path, sizeLimit) };
      }
    }
  }

  #make(name: string, replica: number): string {
    try {
      this.#made ??= this.#options.directory();
      const path = join(this.#made, String(replica), name);
      mkdirSync(path, { recursive: true, mode: 0o700 });
      return path;
    } catch (cause) {
      if (cause instanceof VolumeError) throw cause;
      const message = `Cannot make the volume ${name}: ${messageOf(cause)}`;
      throw new VolumeError("unavailable", message, { cause });
    }
  }

  /** Kept open, so that a mount stays the same directory whatever is put in its place. */
  #directory(path: string, name: string): MountedDirectory {
    const known = this.#open.get(path);
    if (known !== undefined) return known;
    try {
      const fd = openSync(path, constants.O_RDONLY | constants.O_DIRECTORY);
      const { dev, ino } = fstatSync(fd, { bigint: true });
      const directory = { fd, device: dev, inode: ino };
      this.#open.set(path, directory);
      return directory;
    } catch (cause) {
      const message = `Cannot mount the volume ${name}: ${messageOf(cause)}`;
      throw new VolumeError("unavailable", message, { cause });
    }
  }

  /** One counter for a volume, however its limit changes. */
  #limit(path: string, bytes: number): VolumeLimit {
    const known = this.#counters.get(path) ?? createVolumeLimit(bytes);
    this.#counters.set(path, known);
    return { ...known, bytes };
  }
}

/** Throws `VolumeError` where guests cannot be kept inside of a directory. */
export function assertSupported(): void {
  if (supportsMounts()) return;
  throw new VolumeError(
    "unsupported",
    `Cannot mount volumes on ${process.platform}: guests are kept inside of them by Linux's /proc/self/fd`,
  );
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
