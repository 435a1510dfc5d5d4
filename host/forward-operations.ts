/** What can be asked of a running host about ports of the machine that lead into workloads. */
import type { ForwardStatus } from "./ingress/forward/forward.ts";
import type { Publish } from "./network/publish.ts";
import type { PublishOptions } from "./network/publish-options.ts";

/** A forward that somebody asks for. */
export interface NewForward extends PublishOptions {
  readonly publish: Publish;
  readonly protocol: "tcp" | "udp";
  /** A port of the workload, by number or by the name that its manifest gives it. */
  readonly port: number | string;
  readonly label?: string | undefined;
  /** Milliseconds after which it is removed. */
  readonly ttl?: number | undefined;
  /** Whether it may take a port below 1024. */
  readonly allowPrivileged?: boolean | undefined;
}

/** Every `reference` names a workload, as it does for `HostOperations`. */
export interface ForwardOperations {
  /** Those of one workload or of all, the oldest first. Throws `OperationError`, as all that take a reference do. */
  list(reference?: string): readonly ForwardStatus[];
  /** Throws `OperationError` (`not-found`) where the workload has no such forward. */
  get(reference: string, id: string): ForwardStatus;
  /**
   * Opens a forward, which ends when it is removed, when its time is over, or when the workload is stopped or deleted;
   * it stays through restarts and new versions. Rejects with `OperationError`, where the workload is stopped with
   * `conflict`, or with `ForwardError`.
   */
  add(reference: string, forward: NewForward): Promise<ForwardStatus>;
  /** Frees the forward's addresses and resets what is open through it. */
  remove(reference: string, id: string): Promise<void>;
}
