import { createHash } from "node:crypto";
import { readdir, readFile, realpath, stat } from "node:fs/promises";
import { join, resolve, sep } from "node:path";
import { type FSWatcher, watch } from "chokidar";

export interface FileWatchOptions {
  /** Told of files whose content changed, that are new or that are gone; absolute paths, many at a time. */
  readonly onChange: (paths: ReadonlySet<string>) => void;
  /** Told of what cannot be watched, as where the system's limit of watches is reached. */
  readonly onError?: ((error: unknown) => void) | undefined;
  /** How many directories deep a watched directory is looked into: 0 for the files in it; without end by default. */
  readonly depth?: number | undefined;
  /** Files and directories that do not count; asked with absolute paths. */
  readonly isIgnored?: ((path: string) => boolean) | undefined;
}

/** What a file that is not there, or not any more, has instead of a digest. */
const ABSENT = "absent";

/** Files are looked at once nothing was heard of them for so long, in milliseconds: by then a writer is done. */
const SETTLED = 150;

/** They are looked at after so long in any case, in milliseconds. */
const SETTLED_MAX = 3_000;

/** Of larger files only size and time are compared, in bytes. */
const DIGEST_MAX = 64 * 2 ** 20;

/**
 * Watches files and directories, and tells of changes of their content only: not of a file that is written with what
 * it held, and not of one that is half written. Files may be missing, be replaced by renaming, and come back.
 */
export class FileWatch implements AsyncDisposable {
  readonly #options: FileWatchOptions;
  readonly #watcher: FSWatcher;
  readonly #digests = new Map<string, string>();
  readonly #roots = new Set<string>();
  readonly #noticed = new Set<string>();
  #firstNoticed = 0;
  #timer: NodeJS.Timeout | undefined;
  #isClosed = false;

  constructor(options: FileWatchOptions) {
    this.#options = options;
    const { depth } = options;
    this.#watcher = watch([], {
      // What a file holds when it begins to be watched is compared as well: nothing changes unseen before that.
      ignoreInitial: false,
      ignored: (path) => this.#isIgnored(resolve(path)),
      ...(depth !== undefined && { depth }),
    });
    this.#watcher.on("all", (_event, path) => this.#notice(resolve(path)));
    this.#watcher.on("error", (error) => options.onError?.(error));
  }

  /** Watches exactly these files and directories from now on. What they hold now is what later content is compared with. */
  async watch(paths: readonly string[]): Promise<void> {
    const wanted = new Set(paths.map((path) => resolve(path)));
    const added = [...wanted].filter((path) => !this.#roots.has(path));
    const removed = [...this.#roots].filter((path) => !wanted.has(path));
    for (const path of added) {
      this.#roots.add(path);
      await this.#recordBelow(path, this.#options.depth ?? Number.POSITIVE_INFINITY);
    }
    for (const path of removed) this.#roots.delete(path);
    if (this.#isClosed) return;
    if (removed.length > 0) this.#watcher.unwatch(removed);
    if (added.length > 0) this.#watcher.add(added);
  }

  /** Stands for the content that a file had when it was last looked at; `undefined` where it is not watched. */
  digest(path: string): string | undefined {
    return this.#digests.get(resolve(path));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    await this.#watcher.close();
  }

  #isIgnored(path: string): boolean {
    return !this.#roots.has(path) && this.#options.isIgnored?.(path) === true;
  }

  /** `above` are the directories that it is in, without links. */
  async #recordBelow(
    path: string,
    depth: number,
    above: ReadonlySet<string> = new Set(),
  ): Promise<void> {
    const entries = await readdir(path, { withFileTypes: true }).catch(() => undefined);
    if (entries === undefined) {
      this.#digests.set(path, await digestOf(path));
      return;
    }
    // Below a link that leads back to a directory above it is that link again, without end.
    const real = await realpath(path).catch(() => path);
    if (above.has(real)) return;
    const within = new Set(above).add(real);
    for (const entry of entries) {
      const child = join(path, entry.name);
      if (this.#isIgnored(child) || (entry.isDirectory() && depth === 0)) continue;
      await this.#recordBelow(child, depth - 1, within);
    }
  }

  #isWatched(path: string): boolean {
    for (const root of this.#roots) {
      if (path === root || path.startsWith(root.endsWith(sep) ? root : root + sep)) return true;
    }
    return false;
  }

  #notice(path: string): void {
    if (this.#isClosed) return;
    if (this.#noticed.size === 0) this.#firstNoticed = performance.now();
    this.#noticed.add(path);
    const rest = this.#firstNoticed + SETTLED_MAX - performance.now();
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#look(), Math.max(0, Math.min(SETTLED, rest)));
  }

  async #look(): Promise<void> {
    // What is no longer watched may be heard of for a while.
    const paths = [...this.#noticed].filter((path) => this.#isWatched(path));
    this.#noticed.clear();
    const changed = new Set<string>();
    for (const path of paths) {
      const digest = await digestOf(path);
      if (digest !== DIRECTORY && (this.#digests.get(path) ?? ABSENT) !== digest) changed.add(path);
      if (digest !== DIRECTORY) this.#digests.set(path, digest);
    }
    if (changed.size > 0 && !this.#isClosed) this.#options.onChange(changed);
  }
}

const DIRECTORY = "directory";

async function digestOf(path: string): Promise<string> {
  try {
    const { size, mtimeMs, isDirectory } = await statOf(path);
    if (isDirectory) return DIRECTORY;
    if (size > DIGEST_MAX) return `${size} ${mtimeMs}`;
    return createHash("sha256")
      .update(await readFile(path))
      .digest("hex");
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : String(error);
    return code === "ENOENT" || code === "ENOTDIR" ? ABSENT : code;
  }
}

async function statOf(
  path: string,
): Promise<{ readonly size: number; readonly mtimeMs: number; readonly isDirectory: boolean }> {
  const found = await stat(path);
  // A device or a pipe never ends; what it holds does not count.
  if (!found.isFile()) return { size: 0, mtimeMs: 0, isDirectory: true };
  return { size: found.size, mtimeMs: found.mtimeMs, isDirectory: false };
}
