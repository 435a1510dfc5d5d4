import type { Host } from "../host.ts";
import type { HostEvent } from "../host-event.ts";
import type { WorkloadState } from "../workload/state.ts";

/** Waits for all workloads of a host to be in some state. */
export class StateWatch {
  #changed = Promise.withResolvers<void>();

  /** Takes part in the host's events. */
  notice(event: HostEvent): void {
    if (event.tag !== "state") return;
    this.#changed.resolve();
    this.#changed = Promise.withResolvers<void>();
  }

  /** Resolves once `holds` is true of every workload, or `signal` aborts. */
  async until(
    host: Host,
    holds: (state: WorkloadState, hasComponents: boolean) => boolean,
    signal: AbortSignal,
  ): Promise<void> {
    const aborted = new Promise<void>((resolve) => {
      if (signal.aborted) resolve();
      signal.addEventListener("abort", () => resolve(), { once: true });
    });
    for (;;) {
      const changed = this.#changed.promise;
      const all = host.workloads.every(({ state, workload }) =>
        holds(state, workload.components.length > 0),
      );
      if (all || signal.aborted) return;
      await Promise.race([changed, aborted]);
    }
  }
}
