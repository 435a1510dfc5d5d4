import { randomUUID } from "node:crypto";
import { mkdir, open, readdir, readFile, rename, rm, stat, utimes } from "node:fs/promises";
import { join } from "node:path";
import { seal, unseal } from "./seal.ts";

export interface DiskCacheOptions {
  /** Made if it is missing, readable to its owner only: what lies there is run as code. */
  readonly directory: string;
  /** Files are removed, least recently used first, until they are no larger together, in bytes. */
  readonly capacity: number;
  /** Told once, in a sentence, if the directory cannot be used. */
  readonly log: (message: string) => void;
}

const SUFFIX = ".islet";
const TEMPORARY_SUFFIX = ".tmp";
/** A temporary file that old belongs to a host that was killed; a live one takes milliseconds. */
const TEMPORARY_MS_MAX = 10 * 60_000;

/**
 * Files by name in one directory, which several hosts may share and any may leave at any
 * moment: a file is written elsewhere and renamed into place, so a reader sees a whole one
 * or none, and what is read is checked. Nothing here ever fails: a cache that
 * cannot be read holds nothing, and one that cannot be written stays as it is.
 */
export class DiskCache {
  readonly #options: DiskCacheOptions;
  #opened: Promise<void> | undefined;
  #complained = false;

  constructor(options: DiskCacheOptions) {
    this.#options = options;
  }

  /** What was written under `name`; undefined, and the file is gone, if it is damaged. */
  async read(name: string): Promise<Uint8Array | undefined> {
    const path = this.#path(name);
    let bytes: Uint8Array;
    try {
      bytes = await readFile(path);
    } catch (cause) {
      if (!isMissing(cause)) this.#complain("read", cause);
      return undefined;
    }
    const payload = unseal(name, bytes);
    if (payload === undefined) {
      await rm(path, { force: true }).catch(ignore);
      return undefined;
    }
    // The time of the last use, for eviction; access times are off on many machines.
    const now = new Date();
    await utimes(path, now, now).catch(ignore);
    return payload;
  }

  /** Keeps `payload` under `name`, unless it alone is larger than the cache may be. */
  async write(name: string, payload: Uint8Array): Promise<void> {
    const bytes = seal(name, payload);
    if (this.#options.capacity < bytes.length) return;
    const temporary = join(this.#options.directory, `${randomUUID()}${TEMPORARY_SUFFIX}`);
    try {
      await (this.#opened ??= this.#open());
      const file = await open(temporary, "wx", 0o600);
      try {
        await file.writeFile(bytes);
      } finally {
        await file.close();
      }
      await rename(temporary, this.#path(name));
      await this.#evict();
    } catch (cause) {
      this.#opened = undefined;
      await rm(temporary, { force: true }).catch(ignore);
      this.#complain("write", cause);
    }
  }

  /** Removes what was written under `name`. */
  async remove(name: string): Promise<void> {
    await rm(this.#path(name), { force: true }).catch(ignore);
  }

  #path(name: string): string {
    return join(this.#options.directory, `${name}${SUFFIX}`);
  }

  async #open(): Promise<void> {
    const { directory } = this.#options;
    await mkdir(directory, { recursive: true, mode: 0o700 });
    const oldest = Date.now() - TEMPORARY_MS_MAX;
    for (const file of await this.#files(TEMPORARY_SUFFIX)) {
      if (file.usedAt < oldest) await rm(file.path, { force: true }).catch(ignore);
    }
  }

  async #evict(): Promise<void> {
    const files = await this.#files(SUFFIX);
    let size = files.reduce((sum, file) => sum + file.size, 0);
    files.sort((a, b) => a.usedAt - b.usedAt);
    for (const file of files) {
      if (size <= this.#options.capacity) return;
      await rm(file.path, { force: true }).catch(ignore);
      size -= file.size;
    }
  }

  async #files(suffix: string): Promise<{ path: string; size: number; usedAt: number }[]> {
    const names = await readdir(this.#options.directory);
    const files = names
      .filter((name) => name.endsWith(suffix))
      .map(async (name) => {
        const path = join(this.#options.directory, name);
        // Another host may have removed it since.
        const stats = await stat(path).catch(ignore);
        return stats?.isFile() ? [{ path, size: stats.size, usedAt: stats.mtimeMs }] : [];
      });
    return (await Promise.all(files)).flat();
  }

  #complain(verb: string, cause: unknown): void {
    if (this.#complained) return;
    this.#complained = true;
    const reason = cause instanceof Error ? cause.message : String(cause);
    this.#options.log(
      `Cannot ${verb} the compiler cache ${this.#options.directory}: ${reason}; compiling without it`,
    );
  }
}

function isMissing(cause: unknown): boolean {
  return cause instanceof Error && "code" in cause && cause.code === "ENOENT";
}

function ignore(): undefined {
  return undefined;
}
