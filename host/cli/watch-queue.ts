/** Files that changed and that nobody has dealt with yet. */
export class ChangeQueue {
  #paths = new Set<string>();
  #changed = Promise.withResolvers<void>();

  add(paths: Iterable<string>): void {
    for (const path of paths) this.#paths.add(path);
    this.#changed.resolve();
  }

  /** Waits until files have changed and takes them; takes none once `signal` aborts. */
  async take(signal: AbortSignal): Promise<ReadonlySet<string>> {
    const aborted = Promise.withResolvers<void>();
    const onAbort = (): void => aborted.resolve();
    signal.addEventListener("abort", onAbort, { once: true });
    if (signal.aborted) onAbort();
    await Promise.race([this.#changed.promise, aborted.promise]);
    signal.removeEventListener("abort", onAbort);
    if (signal.aborted) return new Set();
    const taken = this.#paths;
    this.#paths = new Set();
    this.#changed = Promise.withResolvers();
    return taken;
  }
}
