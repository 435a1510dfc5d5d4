import { mkdirSync, mkdtempSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { supportsMounts } from "../wasi/filesystem/descriptor-path.ts";
import { removeTree } from "./remove-tree.ts";
import { VolumeError } from "./volume-error.ts";
import { isLeftBehind, ownerName } from "./volume-owner.ts";
import { WorkloadVolumes } from "./workload-volumes.ts";

export interface VolumeStoreOptions {
  /** Where volumes are made; it is made itself when the first one is. Undefined where none can be. */
  readonly directory: string | undefined;
  /** Told of what could not be removed. */
  readonly warn: (message: string) => void;
}

/**
 * The volumes of all workloads of a host. What a host left behind that was killed is removed when the next one begins.
 * Disposing it removes what its own workloads left.
 */
export class VolumeStore implements AsyncDisposable {
  readonly #options: VolumeStoreOptions;
  readonly #swept: Promise<void>;
  #path: string | undefined;

  constructor(options: VolumeStoreOptions) {
    this.#options = options;
    const { directory } = options;
    const canSweep = directory !== undefined && supportsMounts();
    this.#swept = canSweep ? this.#sweep(directory) : Promise.resolve();
  }

  /** The volumes of a workload; none is made yet. `id` is one directory's name, and no other workload's. */
  open(id: string): WorkloadVolumes {
    return new WorkloadVolumes({
      directory: () => join(this.#own(), id),
      warn: this.#options.warn,
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#swept;
    if (this.#path !== undefined) await this.#remove(this.#path);
    this.#path = undefined;
  }

  /** What this host has for itself. Throws `VolumeError`. */
  #own(): string {
    if (this.#path !== undefined) return this.#path;
    const { directory } = this.#options;
    if (directory === undefined) {
      throw new VolumeError(
        "unavailable",
        "Cannot make a volume: the host has no directory for it",
      );
    }
    try {
      mkdirSync(directory, { recursive: true, mode: 0o700 });
      this.#path = mkdtempSync(join(directory, `${ownerName()}-`));
      return this.#path;
    } catch (cause) {
      const message = `Cannot make a volume in ${directory}: ${messageOf(cause)}`;
      throw new VolumeError("unavailable", message, { cause });
    }
  }

  async #sweep(directory: string): Promise<void> {
    let names: string[];
    try {
      names = await readdir(directory);
    } catch {
      // There is none yet, or it is told of when a volume is made.
      return;
    }
    for (const name of names) if (isLeftBehind(name)) await this.#remove(join(directory, name));
  }

  async #remove(path: string): Promise<void> {
    try {
      await removeTree(path);
    } catch (error) {
      this.#options.warn(`Cannot remove volumes in ${path}: ${messageOf(error)}`);
    }
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
