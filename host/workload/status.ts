import type { Workload } from "../manifest/workload.ts";
import type { Transition, WorkloadState } from "./state.ts";

/** One workload; a value. Times are milliseconds since the epoch, sizes bytes. */
export interface WorkloadStatus {
  /** A UUID, which stays the same while the workload is known. */
  readonly id: string;
  readonly namespace: string;
  readonly name: string;
  /** The state of its replicas together: the worst of them. */
  readonly state: WorkloadState;
  /** 1 for the first version that was applied, one more for each that replaced it. */
  readonly generation: number;
  readonly createdAt: number;
  readonly workload: Workload;
  readonly replicas: readonly ReplicaStatus[];
}

/** One running copy of a workload. */
export interface ReplicaStatus {
  /** From 0. */
  readonly index: number;
  readonly state: WorkloadState;
  /** The last ten changes of state, the latest at the end; those of replicas that it replaced are among them. */
  readonly transitions: readonly Transition[];
  /** Restarts of the service since the incarnation began. */
  readonly restarts: number;
  /** CPU time of its thread so far, milliseconds; undefined while it has none. */
  readonly cpuTime: number | undefined;
  /** Requests that it is answering, and streams of connections into it. */
  readonly requests: number;
  /** JavaScript heap and buffers of its thread, bytes; undefined while it has none. */
  readonly heap: number | undefined;
}

export interface ListenerStatus {
  readonly replica: number;
  readonly protocol: "tcp" | "udp";
  /** `address:port` on the workload's own network. */
  readonly address: string;
}

/** What `apply` did about one workload. */
export interface Applied {
  /**
   * `created`, `replaced`, `unchanged`; `kept` where the new version did not get ready and the old one goes on
   * serving; `failed` where a new workload, or one that did not serve or was stopped meanwhile, did not get ready.
   * Where only the number of replicas changed, those that stay are left alone, and it is `replaced`.
   */
  readonly outcome: "created" | "replaced" | "unchanged" | "kept" | "failed";
  readonly status: WorkloadStatus;
  /** Why, for `kept` and `failed`: a sentence. */
  readonly reason: string | undefined;
}

export interface ApplyOptions {
  /** Whether to wait for readiness; true by default. */
  readonly wait?: boolean | undefined;
  /** Ends the waiting, not what was begun. */
  readonly signal?: AbortSignal | undefined;
}

export interface DrainOptions {
  /** Milliseconds that requests and connections in flight may take; the workload's own by default. */
  readonly gracePeriod?: number | undefined;
}
