import { setTimeout } from "node:timers/promises";
import type { CancelSignal } from "../network/cancel-signal.ts";
import { CallError, type CallErrorCode, LinkError } from "../bridge/error.ts";
import type { HttpRequest, HttpResponse } from "../wasi/http/message.ts";
import type { CountedWayIn } from "../bridge/link-way-in.ts";
import type { Cell } from "./cell.ts";
import { WorkloadError, type WorkloadErrorCode } from "./error.ts";
import { formatDuration } from "./format-duration.ts";
import type { Vitals } from "./liveness.ts";
import { capitalize } from "./service-outcome.ts";
import { describeStanding, type WorkloadState } from "./state.ts";
import type { Supervisor } from "./supervisor.ts";

/** One replica of a workload, in one cell after the other, from its start to its stop. */
export class RunningWorkload implements AsyncDisposable {
  /** `namespace/name`. */
  readonly name: string;
  readonly #supervisor: Supervisor;
  /** The component that answers HTTP, where there is one. */
  readonly #handler: string | undefined;
  readonly #held: Disposable | undefined;
  /** When the rest of what is under way is cut, on the clock of `performance`; undefined while it does not drain. */
  #cutAt: number | undefined;
  #drained: Promise<void> | undefined;

  /** `held` is what its cells need; it is disposed once they have ended. */
  constructor(
    name: string,
    supervisor: Supervisor,
    handler: string | undefined,
    held?: Disposable,
  ) {
    this.name = name;
    this.#supervisor = supervisor;
    this.#handler = handler;
    this.#held = held;
  }

  get state(): WorkloadState {
    return this.#supervisor.state;
  }

  /** The way into its network, the same across restarts. */
  get wayIn(): CountedWayIn {
    return this.#supervisor.wayIn;
  }

  /** Restarts of its service, or of its cell where it has none. */
  get restarts(): number {
    return this.#supervisor.restarts;
  }

  /** `address:port` of all that its service listens on. */
  get ports(): readonly string[] {
    return this.#supervisor.ports;
  }

  /** Requests and streams that are under way in its cell. */
  get load(): number {
    return this.cell?.load ?? 0;
  }

  /** What its thread used so far; undefined while it has none. */
  get vitals(): Vitals | undefined {
    return this.cell?.vitals;
  }

  /** Its cell, whether or not anything in it is ready; undefined while it has none. */
  get cell(): Cell | undefined {
    return this.#supervisor.cell;
  }

  /** Settles when its first cell has loaded, or will not any more. */
  get begun(): Promise<void> {
    return this.#supervisor.begun;
  }

  /** Whether it takes requests, as far as it has a component that answers them, and connections. */
  get isAnswering(): boolean {
    return this.#supervisor.answeringCell !== undefined;
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
      throw notRunning(this.name, this.state);
    }
    try {
      return await cell.requestHttp(request, guest, signal);
    } catch (error) {
      throw this.#explain(error, cell, guest);
    }
  }

  /**
   * Takes no new requests and stops when what is under way has ended, connections included, at the latest after
   * `gracePeriod` milliseconds; the rest is cut. Another call can only make it shorter. Never rejects.
   */
  drain(gracePeriod: number): Promise<void> {
    this.#cutAt = Math.min(this.#cutAt ?? Infinity, performance.now() + gracePeriod);
    return (this.#drained ??= this.#drain(gracePeriod));
  }

  /** Stops in order within two seconds, else by force. Idempotent; never rejects. */
  async stop(): Promise<void> {
    await this.#supervisor.stop();
    this.#held?.[Symbol.dispose]();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  async #drain(gracePeriod: number): Promise<void> {
    const { load, cell } = this;
    const what = load === 1 ? "1 request or stream" : `${load} requests and streams`;
    this.#supervisor.retire(
      load === 0 ? "Stopping" : `Finishing ${what} within ${formatDuration(gracePeriod)}`,
    );
    while (cell !== undefined && cell === this.cell && cell.load > 0) {
      const left = (this.#cutAt ?? 0) - performance.now();
      if (left <= 0) break;
      await setTimeout(Math.min(left, DRAIN_PAUSE));
    }
    await this.stop();
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

/** How often it is looked whether all that was under way has ended, in milliseconds: to count would cost each request. */
const DRAIN_PAUSE = 20;

/** The error for a request of a workload that takes none. */
export function notRunning(workload: string, state: WorkloadState): WorkloadError {
  return new WorkloadError("not-running", { workload }, capitalize(describeStanding(state)));
}

const CODES: Readonly<Record<CallErrorCode, WorkloadErrorCode>> = {
  "guest-failed": "guest-failed",
  timeout: "timeout",
  overloaded: "overloaded",
  // Reported only where the cell gave up on a call by itself, as it does when it stops.
  cancelled: "cell-died",
};
