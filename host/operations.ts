/** What can be asked of a running host: the one list behind the command line and the REST API. */
import type { AddressInfo } from "node:net";
import type { DecisionRecord } from "../policy/decision-log.ts";
import type { Explanation } from "../policy/explain.ts";
import type { Protocol } from "../policy/policy.ts";
import type { Question } from "../policy/question.ts";
import type { ForwardOperations } from "./forward-operations.ts";
import type { HostEvent } from "./host-event.ts";
import type { Workload } from "./manifest/workload.ts";
import type { TunnelOperations } from "./tunnel-operations.ts";
import type { LogPage, LogQuery } from "./workload/log/log-entry.ts";
import type {
  Applied,
  ApplyOptions,
  DrainOptions,
  ListenerStatus,
  WorkloadStatus,
} from "./workload/status.ts";

/**
 * A running host. Every `reference` names a workload by its ID, as `namespace/name`, or by the name alone where
 * that is unambiguous. Operations on a workload happen one after the other, in the order in which they were asked for.
 */
export interface HostOperations {
  /** The host's own ID, a UUID: new with each start. */
  readonly id: string;
  readonly http: AddressInfo;
  /** Ports of the machine that lead into workloads. */
  readonly forwards: ForwardOperations;
  /** Ports of workloads that tunnel servers publish. */
  readonly tunnels: TunnelOperations;
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
  /**
   * Starts a workload that is stopped, completed or in error; one that runs is left alone. Rejects with
   * `OperationError` (`conflict`) where its components answer and would not any more.
   */
  start(reference: string): Promise<WorkloadStatus>;
  /**
   * Drains and stops a workload, which stays known. Idempotent; another time can only be shorter. A version that is
   * being applied counts from then on, and is not waited for.
   */
  stop(reference: string, options?: DrainOptions): Promise<WorkloadStatus>;
  /** Replaces a workload by a fresh incarnation of itself, without a gap. */
  restart(reference: string): Promise<WorkloadStatus>;
  /** Drains, stops and forgets a workload, with its volumes, forwards and tunnels. Another time can only be shorter. */
  delete(reference: string, options?: DrainOptions): Promise<void>;
  /** What its guests printed and what the host said of it. */
  logs(reference: string, query: LogQuery): LogPage;
  /** What policy denied to its guests and what it let out, the latest at the end. */
  decisions(reference: string): readonly DecisionRecord[];
  /** What policy would answer the guests of a workload, or the one named `guest`, without doing anything. */
  explain(reference: string, question: Question, guest?: string): readonly GuestExplanation[];
  /** TCP ports that its service listens on, inside of its own network. */
  listeners(reference: string): readonly ListenerStatus[];
  /** Calls `listener` with all that happens from now on, until the returned object is disposed. */
  watch(listener: (event: HostEvent) => void): Disposable;
  /** Keeps guests away from a port of this machine that belongs to the host, until the returned object is disposed. */
  ownPort(protocol: Protocol, port: number): Disposable;
}

/** What the policy of one guest says to a question. */
export interface GuestExplanation {
  readonly guest: string;
  readonly explanation: Explanation;
}
