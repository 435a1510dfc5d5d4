import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { Volume } from "../manifest/workload.ts";
import { supportsMounts } from "../wasi/filesystem/descriptor-path.ts";
import type { Mount } from "../wasi/filesystem/mount.ts";
import {
  createVolumeLimit,
  forgetUsage,
  type VolumeLimit,
} from "../wasi/filesystem/volume-usage.ts";
import type { CellStart, GuestStart } from "./cell-start.ts";
import { OpenDirectories } from "./open-directories.ts";
import { removeTree } from "./remove-tree.ts";
import { VolumeError } from "./volume-error.ts";

export interface WorkloadVolumesOptions {
  /** Where the volumes that are made for the workload are, each time it is needed. */
  readonly directory: () => string;
  /** Told of what could not be removed. */
  readonly warn: (message: string) => void;
}

/** What the cells of one replica start with. Disposing it closes the directories in it, which they need until they end. */
export interface AttachedVolumes extends Disposable {
  readonly start: CellStart;
}

/**
 * The volumes of one workload, through all of its versions, restarts and stops: what its guests wrote is there until
 * the workload is deleted. Each replica has its own, but for directories of the machine.
 * Disposing it, once nothing of the workload runs, removes what was made for it.
 */
export class WorkloadVolumes implements AsyncDisposable {
  readonly #options: WorkloadVolumesOptions;
  readonly #attached = new Set<OpenDirectories>();
  readonly #counters = new Map<string, VolumeLimit>();
  /** The paths of volumes that guests had without a limit, so that nobody counted. */
  readonly #uncounted = new Set<string>();
  #made: string | undefined;

  constructor(options: WorkloadVolumesOptions) {
    this.#options = options;
  }

  /** Opens the mounts of the guests in `start`, for a replica that is to begin. Throws `VolumeError`. */
  attach(start: CellStart, volumes: readonly Volume[], replica: number): AttachedVolumes {
    using stack = new DisposableStack();
    const open = stack.use(new OpenDirectories());
    const mounted = <T extends GuestStart>(guest: T | undefined): T | undefined =>
      guest && { ...guest, mounts: this.#mountsOf(guest, volumes, replica, open) };
    const attached = { ...start, service: mounted(start.service), http: mounted(start.http) };
    this.#attached.add(open);
    stack.defer(() => this.#attached.delete(open));
    const owned = stack.move();
    return { start: attached, [Symbol.dispose]: () => owned.dispose() };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const open of this.#attached) open[Symbol.dispose]();
    this.#attached.clear();
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
    open: OpenDirectories,
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
      return { path, readOnly, ...this.#volume(volume, replica, open) };
    });
  }

  #volume(
    volume: Volume,
    replica: number,
    open: OpenDirectories,
  ): Pick<Mount, "directory" | "limit"> {
    switch (volume.tag) {
      case "host-path":
        return { directory: open.open(volume.path, volume.name) };
      case "ephemeral": {
        const path = this.#make(volume.name, replica);
        const directory = open.open(path, volume.name);
        const { sizeLimit } = volume;
        if (sizeLimit !== undefined) return { directory, limit: this.#limit(path, sizeLimit) };
        this.#uncounted.add(path);
        return { directory };
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

  /** One counter for a volume, however its limit changes. */
  #limit(path: string, bytes: number): VolumeLimit {
    const known = this.#counters.get(path) ?? createVolumeLimit(bytes);
    this.#counters.set(path, known);
    if (this.#uncounted.delete(path)) forgetUsage(known);
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
