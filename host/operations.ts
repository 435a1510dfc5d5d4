/** What can be asked of a running host: the one list behind the command line and the REST API. */
import type { AddressInfo } from "node:net";
import type { DecisionRecord } from "../policy/decision-log.ts";
import type { Explanation } from "../policy/explain.ts";
import type { Question } from "../policy/question.ts";
import type { HostEvent } from "./host-event.ts";
import type { Workload } from "./manifest/workload.ts";
import type { Transition, WorkloadState } from "./workload/state.ts";

/**
 * A running host. Every `reference` names a workload by its ID, as `namespace/name`, or by the name alone where
 * that is unambiguous. Operations on a workload happen one after the other, in the order in which they were asked for.
 */
export interface HostOperations {
  /** The host's own ID, a UUID: new with each start. */
  readonly id: string;
  readonly http: AddressInfo;
  /** All workloads, by name. */
  list(): readonly WorkloadStatus[];
  /** Throws `OperationError` (`not-found`, `ambiguous`), as all that take a reference do. */
  get(reference: string): WorkloadStatus;
  /**
   * Prepares all of `workloads`; then starts the new ones and replaces those that changed, each without a gap.
   * What is unchanged is left alone. Comes back when each is ready, has failed, or was found unchanged; with
   * `wait: false` when all are prepared.
   * Rejects with `ApplyError`, and changes nothing, where one of them cannot run.
   */
  apply(workloads: readonly Workload[], options?: ApplyOptions): Promise<readonly Applied[]>;
  /** Starts a workload that is stopped, completed or in error; one that runs is left alone. */
  start(reference: string): Promise<WorkloadStatus>;
  /** Drains and stops a workload, which stays known. Idempotent. */
  stop(reference: string, options?: DrainOptions): Promise<WorkloadStatus>;
  /** Replaces a workload by a fresh incarnation of itself, without a gap. */
  restart(reference: string): Promise<WorkloadStatus>;
  /** Drains, stops and forgets a workload, with its volumes, forwards and tunnels. */
  delete(reference: string, options?: DrainOptions): Promise<void>;
  /** What its guests printed and what the host said of it. */
  logs(reference: string, query: LogQuery): LogPage;
  /** What policy denied to its guests and what it let out, the latest at the end. */
  decisions(reference: string): readonly DecisionRecord[];
  /** What policy would answer the guests of a workload, or the one named `guest`, without doing anything. */
  explain(
    reference: string,
    question: Question,
    guest?: string | undefined,
  ): readonly GuestExplanation[];
  /** Ports that its guests listen on, inside of its own network. */
  listeners(reference: string): readonly ListenerStatus[];
  /** Calls `listener` with all that happens from now on, until the returned object is disposed. */
  watch(listener: (event: HostEvent) => void): Disposable;
}

export interface ApplyOptions {
  /** Whether to wait for readiness; true by default. */
  readonly wait?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface DrainOptions {
  /** Milliseconds that requests and connections in flight may take; the workload's own by default. */
  readonly gracePeriod?: number | undefined;
}

/** What `apply` did about one workload. */
export interface Applied {
  /**
   * `created`, `replaced`, `unchanged`; `kept` where the new version did not get ready and the old one goes on
   * serving; `failed` where a new workload did not get ready.
   */
  readonly outcome: "created" | "replaced" | "unchanged" | "kept" | "failed";
  readonly status: WorkloadStatus;
  /** Why, for `kept` and `failed`: a sentence. */
  readonly reason: string | undefined;
}

/** One workload; a value. Times are milliseconds since the epoch, sizes bytes. */
export interface WorkloadStatus {
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
  /** The last ten changes of state, the latest at the end. */
  readonly transitions: readonly Transition[];
  /** Restarts of the service since the incarnation began. */
  readonly restarts: number;
  /** CPU time of its thread so far, milliseconds; undefined while it has none. */
  readonly cpuTime: number | undefined;
  /** Requests that it is answering. */
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

export interface LogQuery {
  /** Only this guest's lines: a component's name, `service`, or `host` for what the host says. */
  readonly guest?: string | undefined;
  /** Only lines from this time on, milliseconds since the epoch. */
  readonly since?: number | undefined;
  /** Only the last that many. */
  readonly tail?: number | undefined;
}

/** One line of a workload's log. */
export interface LogEntry {
  /** Grows by one a line within a workload; a gap says that lines between were dropped. */
  readonly sequence: number;
  readonly time: number;
  readonly guest: string;
  readonly stream: "stdout" | "stderr" | "host";
  /** From 0. */
  readonly replica: number;
  readonly line: string;
}

/** What is kept of a log. `follow` tells of all later lines, without a gap and without one twice. */
export interface LogPage {
  readonly entries: readonly LogEntry[];
  follow(listener: (entry: LogEntry) => void): Disposable;
}

/** What the policy of one guest says to a question. */
export interface GuestExplanation {
  readonly guest: string;
  readonly explanation: Explanation;
}

export type OperationErrorCode = "not-found" | "ambiguous" | "conflict" | "closed";

/** Something that cannot be done with a workload; the message is for its user. */
export class OperationError extends Error {
  override readonly name = "OperationError";
  readonly code: OperationErrorCode;

  constructor(code: OperationErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}
