import type { HostEvent } from "./host-event.ts";

/** Passes what happens on to whoever wants to know, in order. */
export class EventHub {
  readonly #first: (event: HostEvent) => void;
  readonly #watchers = new Set<(event: HostEvent) => void>();

  /** `first` is told before all watchers. */
  constructor(first: (event: HostEvent) => void) {
    this.#first = first;
  }

  emit(event: HostEvent): void {
    this.#first(event);
    for (const watcher of this.#watchers) {
      try {
        watcher(event);
      } catch (error) {
        this.#watchers.delete(watcher);
        this.emit({ tag: "warning", message: `A watcher of events failed: ${String(error)}` });
      }
    }
  }

  /** Calls `listener` with all that happens from now on, until the result is disposed; one that throws is called no more. */
  watch(listener: (event: HostEvent) => void): Disposable {
    // A function of its own, so that one listener that watches twice is told twice.
    const watcher = (event: HostEvent): void => listener(event);
    this.#watchers.add(watcher);
    return { [Symbol.dispose]: () => void this.#watchers.delete(watcher) };
  }
}
