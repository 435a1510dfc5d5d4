import { ManifestError } from "../manifest/error.ts";
import type { Manifests } from "../manifest/load.ts";
import type { Location, Workload } from "../manifest/workload.ts";
import type { HostOperations } from "../operations.ts";
import { OperationError } from "../workload/operation-error.ts";
import { isSameWorkload } from "../workload/same-workload.ts";
import type { Applied } from "../workload/status.ts";
import { printable, printableLines } from "./printable.ts";
import type { Terminal } from "./terminal.ts";
import type { FileWatch } from "./watch-files.ts";

export interface ReloadOptions {
  readonly host: Pick<HostOperations, "apply" | "delete">;
  /** Reads the workloads as they are declared now; with `images`, their components must be there. */
  readonly load: (options: { readonly images: boolean }) => Promise<Manifests>;
  /** Watches the components. */
  readonly images: Pick<FileWatch, "watch" | "digest">;
  readonly terminal: Terminal;
  readonly signal: AbortSignal;
}

/**
 * Brings a host to what manifests and components say, again and again.
 * What cannot be read, prepared or made ready leaves what runs as it is; it is told once, and tried again only when
 * something of it changed. Workloads that are not declared any more are deleted, those of others are left alone.
 */
export class Reloader {
  readonly #options: ReloadOptions;
  /** What this reloader has applied, by `namespace/name`. */
  readonly #applied = new Map<string, Workload>();
  /** Versions that did not get ready. */
  readonly #rejected = new Map<string, Version>();
  readonly #noticed = new Set<string>();
  #error: string | undefined;

  constructor(options: ReloadOptions) {
    this.#options = options;
  }

  /** Reads all and applies what changed. False where that failed, which is then told. */
  async reload(): Promise<boolean> {
    const { load, images, signal } = this.#options;
    try {
      const declared = await load({ images: false });
      await images.watch(declared.workloads.flatMap(imagesOf));
      const { workloads, notices } = await load({ images: true });
      for (const { location, message } of notices) this.#notice(location, message);
      const applied = await this.#apply(workloads);
      this.#error = undefined;
      return applied;
    } catch (error) {
      if (signal.aborted) return false;
      this.report(error);
      return false;
    }
  }

  /** Tells of an error, unless it is the one that was told last and nothing went well since. */
  report(error: unknown): void {
    const message = error instanceof Error ? error.message : String(error);
    // Each line of some begins with its place, for editors to follow.
    const prefix = error instanceof ManifestError ? "" : `${this.#red("error:")} `;
    if (message !== this.#error) this.#options.terminal.err(prefix + printableLines(message));
    this.#error = message;
  }

  async #apply(workloads: readonly Workload[]): Promise<boolean> {
    const { host, signal, terminal } = this.#options;
    const gone = [...this.#applied].filter(
      ([name]) => !workloads.some((each) => nameOf(each) === name),
    );
    // What takes the place of another, under another name, cannot start before that one has left it.
    const before = gone.filter(([, old]) => workloads.some((each) => wantsPlaceOf(each, old)));
    await this.#delete(before);
    const wanted = workloads.filter((workload) => !this.#isRejected(workload));
    const results = await host.apply(wanted, { signal });
    for (const workload of wanted) this.#applied.set(nameOf(workload), workload);
    for (const result of results) this.#tell(result);
    await this.#delete(gone.filter((entry) => !before.includes(entry)));
    const isUnchanged = results.every(({ outcome }) => outcome === "unchanged");
    if (isUnchanged && gone.length === 0) terminal.err(terminal.style("dim", "nothing changed"));
    return results.every(({ outcome }) => outcome !== "kept" && outcome !== "failed");
  }

  async #delete(gone: readonly (readonly [string, Workload])[]): Promise<void> {
    const { host, terminal } = this.#options;
    for (const [name] of gone) {
      try {
        await host.delete(name);
        terminal.err(`${name} is not declared any more and was deleted`);
      } catch (error) {
        // Somebody else was faster.
        if (!(error instanceof OperationError && error.code === "not-found")) throw error;
      }
      this.#applied.delete(name);
      this.#rejected.delete(name);
    }
  }

  #tell({ outcome, status }: Applied): void {
    const { terminal } = this.#options;
    const name = nameOf(status);
    const isRejected = outcome === "kept" || outcome === "failed";
    if (isRejected) this.#rejected.set(name, this.#versionOf(status.workload, name));
    else this.#rejected.delete(name);
    // What is kept or fails is told by the host itself, as an event.
    if (outcome !== "created" && outcome !== "replaced") return;
    terminal.err(`${terminal.style("green", outcome)} ${name}, version ${status.generation}`);
  }

  /** The status of a workload that was kept has the old version; what was applied is the new one. */
  #versionOf(workload: Workload, name: string): Version {
    const tried = this.#applied.get(name) ?? workload;
    return { workload: tried, digests: this.#digestsOf(tried) };
  }

  #isRejected(workload: Workload): boolean {
    const version = this.#rejected.get(nameOf(workload));
    return (
      version !== undefined &&
      isSameWorkload(version.workload, workload) &&
      version.digests === this.#digestsOf(workload)
    );
  }

  #digestsOf(workload: Workload): string {
    return imagesOf(workload)
      .map((image) => this.#options.images.digest(image))
      .join();
  }

  #notice({ file, line, column }: Location, message: string): void {
    const { terminal } = this.#options;
    const text = `${file}:${line}:${column}: ${message}`;
    if (!this.#noticed.has(text)) terminal.err(terminal.style("dim", printable(text)));
    this.#noticed.add(text);
  }

  #red(text: string): string {
    return this.#options.terminal.style("red", text);
  }
}

/** What was tried. */
interface Version {
  readonly workload: Workload;
  /** Of its components. */
  readonly digests: string;
}

function nameOf({ namespace, name }: Pick<Workload, "namespace" | "name">): string {
  return `${namespace}/${name}`;
}

function imagesOf({ service, components }: Workload): string[] {
  return [...(service === undefined ? [] : [service]), ...components].map(({ image }) => image);
}

/** Whether two workloads cannot be at the same time: they answer for the same host, or offer the same port. */
function wantsPlaceOf(one: Workload, other: Workload): boolean {
  return placesOf(one).some((place) => placesOf(other).includes(place));
}

function placesOf({ http, service }: Workload): string[] {
  return [
    ...(http?.hosts ?? []),
    ...(service?.ports ?? []).flatMap(({ publish }) => (publish === undefined ? [] : [publish])),
  ];
}
