import type { DecisionLog, DecisionRecord } from "../../policy/decision-log.ts";
import type { CancelSignal } from "../network/cancel-signal.ts";
import { CallError, type CallErrorCode, LinkError } from "../bridge/error.ts";
import type { HttpRequest, HttpResponse } from "../wasi/http/message.ts";
import type { Cell } from "./cell.ts";
import { WorkloadError, type WorkloadErrorCode } from "./error.ts";
import type { WorkloadState } from "./state.ts";
import type { Supervisor } from "./supervisor.ts";

/** One workload in its cell, from its start to its stop. */
export class RunningWorkload implements AsyncDisposable {
  /** `namespace/name`. */
  readonly name: string;
  readonly #supervisor: Supervisor;
  /** The component that answers HTTP, where there is one. */
  readonly #handler: string | undefined;
  readonly #decisions: DecisionLog;

  constructor(
    name: string,
    supervisor: Supervisor,
    handler: string | undefined,
    decisions: DecisionLog,
  ) {
    this.name = name;
    this.#decisions = decisions;
    this.#supervisor = supervisor;
    this.#handler = handler;
  }

  get state(): WorkloadState {
    return this.#supervisor.state;
  }

  /** What policy denied to its guests and what it let out, the latest at the end; the oldest are forgotten. */
  get decisions(): readonly DecisionRecord[] {
    return this.#decisions.records();
  }

  /** Whether `handle` has somebody to ask. */
  get isAnswering(): boolean {
    return this.#handler !== undefined && this.#supervisor.answeringCell !== undefined;
  }

  /**
   * Has the workload's component answer `request`. Aborting `signal` cancels the guest, also while it sends its body.
   * Rejects with `WorkloadError` (`not-running`, `no-handler`, `guest-failed`, `timeout`, `overloaded`, `cell-died`)
   * or with the signal's reason.
   */
  async handle(request: HttpRequest, signal: CancelSignal): Promise<HttpResponse> {
    const guest = this.#handler;
    if (guest === undefined) {
      throw new WorkloadError("no-handler", { workload: this.name }, "No component answers HTTP");
    }
    const cell = this.#supervisor.answeringCell;
    if (cell === undefined) {
      const { tag, reason } = this.state;
      throw new WorkloadError(
        "not-running",
        { workload: this.name },
        `${STANDING[tag]}: ${reason}`,
      );
    }
    try {
      return await cell.requestHttp(request, guest, signal);
    } catch (error) {
      throw this.#explain(error, cell, guest);
    }
  }

  /** Stops in order within two seconds, else by force. Idempotent; never rejects. */
  stop(): Promise<void> {
    return this.#supervisor.stop();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  #explain(error: unknown, cell: Cell, guest: string): unknown {
    const workload = this.name;
    if (error instanceof CallError) {
      const place = { workload, guest: error.guest };
      return new WorkloadError(CODES[error.code], place, error.message, { cause: error });
    }
    if (error instanceof LinkError) {
      const reason = `The workload ended during the request: ${cell.death ?? "it was stopped"}`;
      return new WorkloadError("cell-died", { workload, guest }, reason, { cause: error });
    }
    return error;
  }
}

const CODES: Readonly<Record<CallErrorCode, WorkloadErrorCode>> = {
  "guest-failed": "guest-failed",
  timeout: "timeout",
  overloaded: "overloaded",
  // Reported only where the cell gave up on a call by itself, as it does when it stops.
  cancelled: "cell-died",
};

const STANDING: Readonly<Record<WorkloadState["tag"], string>> = {
  starting: "The workload is starting",
  running: "The workload is between two threads",
  completed: "The workload has completed",
  stopping: "The workload is stopping",
  error: "The workload is in error",
};
