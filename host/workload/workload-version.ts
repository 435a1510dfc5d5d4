import type { Workload } from "../manifest/workload.ts";

/** The version of a workload that counts, and the route that leads to it. Disposing it takes the route back. */
export class WorkloadVersion implements Disposable {
  #workload: Workload;
  #route: Disposable | undefined;
  #generation = 1;

  constructor(workload: Workload, route: Disposable | undefined) {
    this.#workload = workload;
    this.#route = route;
  }

  get workload(): Workload {
    return this.#workload;
  }

  /** 1 for the first one. */
  get generation(): number {
    return this.#generation;
  }

  /** Lines a second that its guests may print together. */
  get logRate(): number {
    const { service, components } = this.#workload;
    const guests = service === undefined ? components : [service, ...components];
    return guests.reduce((sum, { limits }) => sum + limits.logRate, 0);
  }

  /** The next one counts, and the former route is taken back. */
  adopt(workload: Workload, route: Disposable | undefined): void {
    this.#workload = workload;
    this.#generation += 1;
    this.#route?.[Symbol.dispose]();
    this.#route = route;
  }

  /** The same version was said again, perhaps in another place. */
  repeat(workload: Workload): void {
    this.#workload = workload;
  }

  [Symbol.dispose](): void {
    this.#route?.[Symbol.dispose]();
    this.#route = undefined;
  }
}
