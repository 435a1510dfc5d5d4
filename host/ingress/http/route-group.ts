import type { Gate } from "./gate.ts";
import { ROOT } from "./path-prefix.ts";
import type { HttpTarget } from "./target.ts";

/** A target in the table, with what it has to do at the moment. */
export class RoutedTarget {
  readonly tag = "target";
  readonly target: HttpTarget;
  /** Shared by all targets of the workload. */
  readonly gate: Gate;
  /** Requests that it has not answered to the end, and upgraded connections. */
  outstanding = 0;

  constructor(target: HttpTarget, gate: Gate) {
    this.target = target;
    this.gate = gate;
  }
}

/** The targets of one workload behind one route: a host, or a wildcard, and a path prefix. */
export class RouteGroup {
  readonly host: string;
  readonly path: string;
  readonly workload: string;
  readonly #targets: RoutedTarget[] = [];
  #next = 0;

  constructor(host: string, path: string, workload: string) {
    this.host = host;
    this.path = path;
    this.workload = workload;
  }

  get isEmpty(): boolean {
    return this.#targets.length === 0;
  }

  /** `*.shop.localhost/api`. */
  get name(): string {
    return this.path === ROOT ? this.host : this.host + this.path;
  }

  add(target: RoutedTarget): void {
    this.#targets.push(target);
  }

  remove(target: RoutedTarget): void {
    const index = this.#targets.indexOf(target);
    if (index >= 0) this.#targets.splice(index, 1);
  }

  /**
   * The target that has the least to do of those that are ready, by turns among equals;
   * where none is ready, the next one, which says why. The group must not be empty.
   */
  choose(): RoutedTarget | undefined {
    const targets = this.#targets;
    const count = targets.length;
    if (count === 1) return targets[0];
    let best: RoutedTarget | undefined;
    let chosen = (this.#next + 1) % count;
    for (let turn = 1; turn <= count; turn += 1) {
      const index = (this.#next + turn) % count;
      const candidate = targets[index];
      if (candidate?.target.isReady !== true) continue;
      if (best === undefined || candidate.outstanding < best.outstanding) {
        best = candidate;
        chosen = index;
      }
    }
    this.#next = chosen;
    return best ?? targets[chosen];
  }
}
