import { basename } from "node:path";
import { CONFIG_NAME } from "../manifest/host-config.ts";
import type { Manifests } from "../manifest/load.ts";
import type { HostOperations } from "../operations.ts";
import { printable } from "./printable.ts";
import type { Terminal } from "./terminal.ts";
import { FileWatch } from "./watch-files.ts";
import { GeneratedFiles } from "./watch-generated.ts";
import { ChangeQueue } from "./watch-queue.ts";
import { Reloader } from "./watch-reload.ts";

export interface WatchOptions {
  readonly host: Pick<HostOperations, "apply" | "delete">;
  /** Where workloads are declared: files, and directories with files in them. */
  readonly manifests: readonly string[];
  /** Reads what they declare; with `images`, components must be there. */
  readonly load: (options: { readonly images: boolean }) => Promise<Manifests>;
  /** What components are built from; nothing is built without. */
  readonly sources?: Sources | undefined;
  readonly terminal: Terminal;
  /** Ends the watching. */
  readonly signal: AbortSignal;
}

/** What components are built from, and how. */
export interface Sources {
  /** Files and directories, with all that is below them. */
  readonly paths: readonly string[];
  /** Files and directories among them that are no sources; asked with absolute paths. */
  readonly isIgnored: (path: string) => boolean;
  /** Builds what is not up to date; rejects with what its author is to know. */
  readonly build: (signal: AbortSignal) => Promise<void>;
}

/**
 * Makes a host's workloads follow their manifests, components and sources.
 *
 * Builds and reloads come one after the other. What changes meanwhile is not lost: it is looked at next.
 * What goes wrong is told once and leaves what runs as it is.
 */
export class Watch implements AsyncDisposable {
  readonly #options: WatchOptions;
  readonly #changes = new ChangeQueue();
  readonly #generated: GeneratedFiles;
  readonly #watches = new AsyncDisposableStack();
  readonly #manifests: FileWatch;
  readonly #sources: FileWatch;
  readonly #reloader: Reloader;
  #isBuildDue: boolean;
  #hasWarned = false;

  constructor(options: WatchOptions) {
    this.#options = options;
    const { sources, terminal } = options;
    this.#generated = new GeneratedFiles((path) =>
      terminal.err(
        printable(`${path} changes with each build: it is taken for a product and not watched`),
      ),
    );
    this.#isBuildDue = sources !== undefined;
    const onChange = (paths: ReadonlySet<string>): void => this.#changes.add(paths);
    const onError = (error: unknown): void => this.#warn(error);
    this.#manifests = this.#watches.use(
      new FileWatch({ onChange, onError, depth: 0, isIgnored: (path) => !isManifest(path) }),
    );
    this.#sources = this.#watches.use(
      new FileWatch({
        onChange: (paths) => this.#noticeSources(paths),
        onError,
        isIgnored: sources?.isIgnored,
      }),
    );
    const images = this.#watches.use(new FileWatch({ onChange, onError }));
    this.#reloader = new Reloader({ ...options, images });
  }

  /** Builds and applies what is there. False where some of it failed, which is then told. */
  async start(): Promise<boolean> {
    const { manifests, sources } = this.#options;
    await this.#manifests.watch(manifests);
    await this.#sources.watch(sources?.paths ?? []);
    return await this.#update();
  }

  /** Builds and applies what changes, until the signal aborts. */
  async run(): Promise<void> {
    const { signal } = this.#options;
    for (;;) {
      await this.#changes.take(signal);
      if (signal.aborted) return;
      await this.#update();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#watches.disposeAsync();
  }

  async #update(): Promise<boolean> {
    if (this.#isBuildDue && !(await this.#build())) return false;
    return await this.#reloader.reload();
  }

  async #build(): Promise<boolean> {
    const { sources, signal } = this.#options;
    this.#isBuildDue = false;
    this.#generated.noteStart();
    try {
      await sources?.build(signal);
      return true;
    } catch (error) {
      if (!signal.aborted) this.#reloader.report(error);
      return false;
    } finally {
      this.#generated.noteEnd();
    }
  }

  /** Says once that some changes will not be seen. */
  #warn(error: unknown): void {
    const { terminal } = this.#options;
    const reason = error instanceof Error ? error.message : String(error);
    const prefix = terminal.style("yellow", "warning:");
    if (!this.#hasWarned) terminal.err(`${prefix} Cannot watch all files: ${printable(reason)}`);
    this.#hasWarned = true;
  }

  #noticeSources(paths: ReadonlySet<string>): void {
    const written = this.#generated.withoutGenerated(paths);
    if (written.length === 0) return;
    this.#isBuildDue = true;
    this.#changes.add(written);
  }
}

/** Names of the files of a directory that are read as manifests, as `loadManifests` has it. */
function isManifest(path: string): boolean {
  if (path.endsWith(".schema.json") || basename(path) === CONFIG_NAME) return false;
  return /[\\/][^.\\/][^\\/]*\.(?:yaml|yml|json)$/.test(path);
}
