import type { Component } from "../engine/component.ts";

/**
 * How long after its first use a component's code cache is made; milliseconds. By then what a start needs is compiled
 * and in the cache, and the first requests are not the ones that wait for its making.
 */
const DELAY = 1_000;

/** Hands over the code cache of each component that came without one, once. */
export class CacheReporter implements Disposable {
  readonly #report: (digest: string, data: Uint8Array) => void;
  readonly #timers = new Map<Component, NodeJS.Timeout>();

  constructor(report: (digest: string, data: Uint8Array) => void) {
    this.#report = report;
  }

  /** `component` is in use. Further calls for it are ignored. */
  offer(component: Component): void {
    if (!component.needsCachedData || this.#timers.has(component)) return;
    const timer = setTimeout(() => {
      this.#report(component.digest, component.createCachedData());
    }, DELAY);
    timer.unref();
    this.#timers.set(component, timer);
  }

  [Symbol.dispose](): void {
    for (const timer of this.#timers.values()) clearTimeout(timer);
  }
}
