import { declaredBy } from "./declared-forwards.ts";
import type { Workload } from "./manifest/workload.ts";

/**
 * What versions declare that are being applied and do not count yet. Their forwards stay open whichever version counts
 * until then: it may be that of another apply that nobody waits for.
 */
export class AnnouncedForwards {
  readonly #announced = new Map<string, Map<Workload, ReadonlySet<string>>>();

  /** Takes note of what `workload`, of that name, declares; until the result is disposed. */
  announce(name: string, workload: Workload): Disposable {
    const versions = this.#announced.get(name) ?? new Map<Workload, ReadonlySet<string>>();
    this.#announced.set(name, versions);
    versions.set(workload, new Set(declaredBy(workload).keys()));
    return {
      [Symbol.dispose]: () => {
        versions.delete(workload);
        if (versions.size === 0) this.#announced.delete(name);
      },
    };
  }

  /** Whether a version of that name is announced. */
  any(name: string): boolean {
    return this.#announced.has(name);
  }

  /** Whether one of them, of others than `except`, declares the forward that `declaredBy` gives that key. */
  has(name: string, key: string, except: readonly Workload[] = []): boolean {
    for (const [workload, keys] of this.#announced.get(name) ?? []) {
      if (keys.has(key) && !except.includes(workload)) return true;
    }
    return false;
  }
}
