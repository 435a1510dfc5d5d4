import type { SocketAddress } from "node:net";
import type { CountedWayIn } from "../bridge/link-way-in.ts";
import { SocketError } from "../network/error.ts";
import type { Connection } from "../network/network.ts";
import { WaitList } from "../network/wait-list.ts";
import type { DatagramFlow, FlowOptions } from "../network/way-in.ts";

/**
 * A way in that stays the same object while what it leads to changes: the cell of a workload, which is replaced when
 * it dies, or the running copies of a workload, which are replaced with each version.
 * Such objects can lead to each other: one for each running copy, and one for the workload that leads to those.
 *
 * Connections that are open stay with the copy that took them, for as long as its drain lets them.
 */
export class SwitchedWayIn implements CountedWayIn {
  readonly whenChanged: WaitList = new WaitList();
  readonly #atRest: () => string | undefined;
  #targets: readonly CountedWayIn[] = [];
  #closed = false;

  /** `atRest` tells whether it is at rest; else it is where all that it leads to is. Whoever gives it says when that changes. */
  constructor(atRest?: () => string | undefined) {
    this.#atRest = atRest ?? (() => restOf(this.#targets));
  }

  get closed(): boolean {
    return this.#closed;
  }

  get atRest(): string | undefined {
    return this.#atRest();
  }

  /** Connections and flows through the present targets. */
  get active(): number {
    return this.#targets.reduce((sum, { active }) => sum + active, 0);
  }

  /**
   * Leads to `targets` from now on, to whichever of them listens and has the fewest connections; to nothing where
   * there are none. What is open through former targets stays open. The targets still belong to the caller.
   */
  setTargets(targets: readonly CountedWayIn[]): void {
    if (this.#closed) return;
    this.#forget();
    this.#targets = targets;
    for (const target of targets) target.whenChanged.add(this.#onChange);
    this.whenChanged.notify();
  }

  /** Leads to nothing for good. Idempotent. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#forget();
    this.#targets = [];
    this.whenChanged.notify();
  }

  isListening(protocol: "tcp" | "udp", port: number): boolean {
    return this.#targets.some((target) => target.isListening(protocol, port));
  }

  async connect(
    port: number,
    options: { readonly remote: SocketAddress; readonly signal: AbortSignal },
  ): Promise<Connection> {
    options.signal.throwIfAborted();
    return await this.#pick("tcp", port).connect(port, options);
  }

  openFlow(port: number, options: FlowOptions): DatagramFlow {
    return this.#pick("udp", port).openFlow(port, options);
  }

  /** Who listens goes before who does not, and who has less to do before who has more. */
  #pick(protocol: "tcp" | "udp", port: number): CountedWayIn {
    let best: CountedWayIn | undefined;
    let isBestListening = false;
    for (const target of this.#targets) {
      if (target.closed) continue;
      const isListening = target.isListening(protocol, port);
      const isBetter =
        best === undefined ||
        (isListening && !isBestListening) ||
        (isListening === isBestListening && target.active < best.active);
      if (!isBetter) continue;
      best = target;
      isBestListening = isListening;
    }
    if (best !== undefined) return best;
    throw new SocketError(
      "connection-refused",
      `Cannot reach port ${port}: ${this.atRest ?? "the workload does not run"}`,
    );
  }

  #forget(): void {
    for (const target of this.#targets) target.whenChanged.delete(this.#onChange);
  }

  readonly #onChange = (): void => {
    for (const target of this.#targets) target.whenChanged.add(this.#onChange);
    this.whenChanged.notify();
  };
}

function restOf(targets: readonly CountedWayIn[]): string | undefined {
  const isAtRest = targets.every(({ atRest }) => atRest !== undefined);
  return isAtRest ? targets[0]?.atRest : undefined;
}
