import type { HostEvent } from "../host-event.ts";
import type { WorkloadState } from "../workload/state.ts";

/** The replicas of a host, as far as it matters here. */
export interface Watched {
  readonly workloads: readonly {
    readonly state: WorkloadState;
    readonly workload: { readonly components: readonly unknown[] };
  }[];
}

/** Waits for all workloads of a host to be in some state. */
export class StateWatch {
  #changed = Promise.withResolvers<void>();

  /** Takes part in the host's events. */
  notice(event: HostEvent): void {
    if (event.tag === "state") this.#wake();
  }

  /** Resolves once `holds` is true of every workload, or `signal` aborts. */
  async until(
    host: Watched,
    holds: (state: WorkloadState, hasComponents: boolean) => boolean,
    signal: AbortSignal,
  ): Promise<void> {
    const isOver = (): boolean =>
      signal.aborted ||
      host.workloads.every(({ state, workload }) => holds(state, workload.components.length > 0));
    const wake = (): void => this.#wake();
    signal.addEventListener("abort", wake);
    try {
      // Of a promise that is made anew each time: one that outlives the events would remember each of them.
      while (!isOver()) await this.#changed.promise;
    } finally {
      signal.removeEventListener("abort", wake);
    }
  }

  #wake(): void {
    this.#changed.resolve();
    this.#changed = Promise.withResolvers<void>();
  }
}
