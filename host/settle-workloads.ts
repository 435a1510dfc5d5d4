import type { EventHub } from "./event-hub.ts";
import type { HostForwards } from "./host-forwards.ts";
import type { HostTunnels } from "./host-tunnels.ts";
import { OperationError } from "./workload/operation-error.ts";

export interface SettledParts {
  readonly events: EventHub;
  readonly forwards: HostForwards;
  readonly tunnels: HostTunnels;
}

/**
 * Has forwards and tunnels follow what becomes of workloads, also where nobody waits for it any more.
 * Disposing the result ends that.
 */
export function settleWorkloads({ events, forwards, tunnels }: SettledParts): Disposable {
  return events.watch((event) => {
    switch (event.tag) {
      case "state":
      case "port":
        forwards.notice(event.workload);
        return;
      case "applied":
        void settle(event.workload, event.id);
        return;
      case "deleted":
        // Those as well that were opened for a version that never ran.
        forwards.leave(event.workload);
        tunnels.leave(event.workload);
        return;
      case "log":
      case "decision":
      case "forward":
      case "tunnel":
      case "warning":
    }
  });

  async function settle(name: string, id: string): Promise<void> {
    try {
      await forwards.settle(name);
    } catch (error) {
      const isStopping = error instanceof OperationError && error.code === "closed";
      if (!isStopping) events.emit({ tag: "warning", message: withoutForwards(name, error) });
    }
    await tunnels.settle([id]);
  }
}

function withoutForwards(name: string, error: unknown): string {
  const reason = error instanceof Error ? error.message : String(error);
  return `Workload ${name} does not have all of its forwards: ${reason}`;
}
