/** How often in a row a file may change with a build before it counts as one of its products. */
const REPEATS_MAX = 8;

/** A change so long after the end of a build, in milliseconds, may still come from it. */
const AFTERMATH = 1_000;

/**
 * Tells sources from what a build writes among them, which would have it start again for ever:
 * a file that changes with one build after the other, more often than a person would.
 */
export class GeneratedFiles {
  readonly #onFound: (path: string) => void;
  readonly #now: () => number;
  readonly #repeats = new Map<string, number>();
  readonly #generated = new Set<string>();
  #builds = 0;
  /** When the last build ended; never, while there is one. */
  #builtAt = Number.NEGATIVE_INFINITY;
  /** The build that a file last changed with. */
  readonly #changedWith = new Map<string, number>();

  /** `onFound` is told once of each file that is found to be no source. */
  constructor(onFound: (path: string) => void, now: () => number = () => performance.now()) {
    this.#onFound = onFound;
    this.#now = now;
  }

  /** A build begins. */
  noteStart(): void {
    this.#builtAt = Number.POSITIVE_INFINITY;
  }

  /** The build has ended. */
  noteEnd(): void {
    this.#builds += 1;
    this.#builtAt = this.#now();
  }

  /** Those of the files that changed that are sources. */
  withoutGenerated(paths: Iterable<string>): string[] {
    return [...paths].filter((path) => !this.#isGenerated(path));
  }

  #isGenerated(path: string): boolean {
    if (this.#generated.has(path)) return true;
    if (this.#now() - this.#builtAt > AFTERMATH) {
      this.#repeats.delete(path);
      return false;
    }
    const follows = this.#changedWith.get(path) === this.#builds - 1;
    const repeats = follows ? (this.#repeats.get(path) ?? 0) + 1 : 1;
    this.#changedWith.set(path, this.#builds);
    this.#repeats.set(path, repeats);
    if (repeats <= REPEATS_MAX) return false;
    this.#generated.add(path);
    this.#onFound(path);
    return true;
  }
}
