import type { CellReport } from "../bridge/main-end.ts";
import {
  type CountedDecision,
  type LogLine,
  type ServiceOutcome,
} from "../bridge/message-to-main.ts";
import { type Clock } from "../engine/clock.ts";
import type { Cell, CreateCell } from "./cell.ts";
import { canListen, type CellStart } from "./cell-start.ts";
import type { HostPorts } from "./host-ports.ts";
import { capitalize, describeOutcome } from "./service-outcome.ts";
import { formatDuration } from "./format-duration.ts";
import { COMPONENTS_ONLY, type RestartOptions, RestartSchedule } from "./restart-schedule.ts";
import type { WorkloadState } from "./state.ts";

export interface SupervisorOptions {
  readonly start: CellStart;
  /** How often and when the service runs again; undefined without a service. */
  readonly restart: RestartOptions | undefined;
  readonly createCell: CreateCell;
  readonly clock: Clock;
  readonly random?: (() => number) | undefined;
  readonly onState: (state: WorkloadState) => void;
  readonly onLog: (lines: readonly LogLine[]) => void;
  /** A port of the workload's own network, `address:port`, that its service opened or gave up. */
  readonly onPort?: ((address: string, open: boolean) => void) | undefined;
  readonly onDecisions?: ((decisions: readonly CountedDecision[]) => void) | undefined;
  /** The ports that cells keep their guests away from. */
  readonly hostPorts: HostPorts;
  readonly onCachedData?: ((digest: string, data: Uint8Array) => void) | undefined;
}

/** How long a service that could listen but does not is waited for before it counts as ready; milliseconds. */
export const LISTEN_GRACE = 1_000;

/** One run: the service from its start to its exit; without a service, the cell from its start to its death. */
interface Run {
  readonly number: number;
  readonly startedAt: number;
  ready: boolean;
}

/**
 * Keeps one workload running: starts its cell and its service, and again when they end, as the policy says.
 *
 * A service is ready with its first listener. One that cannot listen, because it imports no TCP sockets, is ready when
 * it was started; one that could but does not, `LISTEN_GRACE` later.
 * A cell that dies counts as a failed run of its service. Where the service has completed or there is none,
 * a cell that dies is always followed by another, after the same waits.
 */
export class Supervisor {
  readonly #options: SupervisorOptions;
  readonly #watch: Disposable;
  #schedule: RestartSchedule;
  #state: WorkloadState = { tag: "starting", reason: "Starting" };
  #cell: Cell | undefined;
  #cellReady = false;
  #run: Run;
  #stopWaiting: () => void = () => {};
  #serviceWanted: boolean;
  /** Whether the workload was ready once. */
  #answers = false;
  /** Settles when all cells so far have ended. */
  #ended: Promise<void> = Promise.resolve();

  constructor(options: SupervisorOptions) {
    this.#options = options;
    this.#schedule = new RestartSchedule(options.restart ?? COMPONENTS_ONLY, options.random);
    this.#serviceWanted = options.start.service !== undefined;
    this.#run = this.#createRun(1);
    this.#watch = options.hostPorts.watch((ports) => {
      if (this.#cellReady) this.#cell?.setOwnPorts(ports);
    });
    this.#startCell();
  }

  get state(): WorkloadState {
    return this.#state;
  }

  /**
   * The cell, where it takes requests: from the first readiness of the workload on.
   * A service that is being restarted does not change that, since only the component knows what it needs it for.
   */
  get answeringCell(): Cell | undefined {
    return this.#answers && this.#cellReady ? this.#cell : undefined;
  }

  /** Ends everything, in order where that goes quickly. Nothing is started any more. Never rejects. */
  async stop(): Promise<void> {
    this.#stopWaiting();
    this.#watch[Symbol.dispose]();
    if (this.#state.tag !== "stopping") this.#setState({ tag: "stopping", reason: "Stopping" });
    this.#endCell();
    await this.#ended;
  }

  #startCell(): void {
    const cell: Cell = this.#options.createCell(this.#options.start, {
      report: (report) => {
        if (this.#cell === cell) this.#onReport(report);
      },
      died: (reason) => {
        if (this.#cell === cell) this.#onDeath(reason);
      },
    });
    this.#cell = cell;
  }

  #onReport(report: CellReport): void {
    switch (report.tag) {
      case "ready":
        this.#cellReady = true;
        this.#cell?.setOwnPorts(this.#options.hostPorts.current);
        if (this.#serviceWanted) this.#startService();
        else this.#becomeReady("Its components are ready");
        break;
      case "service-started":
        if (report.run === this.#run.number) this.#onServiceStarted();
        break;
      case "service-listening":
        this.#options.onPort?.(report.address, true);
        if (report.run === this.#run.number) {
          this.#becomeReady(`Its service listens on ${report.address}`);
        }
        break;
      case "service-closed":
        this.#options.onPort?.(report.address, false);
        break;
      case "service-exit":
        if (report.run === this.#run.number) this.#onServiceExit(report.outcome);
        break;
      case "log":
        this.#options.onLog(report.lines);
        break;
      case "cached-data":
        this.#options.onCachedData?.(report.digest, report.data);
        break;
      case "decisions":
        this.#options.onDecisions?.(report.decisions);
        break;
      case "stopped":
        break;
    }
  }

  #startService(): void {
    this.#cell?.startService(this.#run.number);
  }

  #onServiceStarted(): void {
    if (this.#run.ready) return;
    const ready = (): void => this.#becomeReady("Its service has started");
    if (canListen(this.#options.start)) this.#wait(LISTEN_GRACE, ready);
    else ready();
  }

  #becomeReady(reason: string): void {
    if (this.#run.ready) return;
    this.#stopWaiting();
    this.#run.ready = true;
    this.#answers = true;
    const isCompleted = !this.#serviceWanted && this.#options.start.service !== undefined;
    this.#setState(isCompleted ? COMPLETED : { tag: "running", reason });
  }

  #onServiceExit(outcome: ServiceOutcome): void {
    this.#onRunEnd(outcome.tag !== "completed", describeOutcome(outcome), () =>
      this.#startService(),
    );
  }

  #onDeath(reason: string): void {
    this.#endCell();
    this.#onRunEnd(true, reason, () => this.#startCell());
  }

  #onRunEnd(failed: boolean, cause: string, again: () => void): void {
    this.#stopWaiting();
    const uptime = this.#options.clock.now() - this.#run.startedAt;
    const next = this.#schedule.next({ failed, ready: this.#run.ready, uptime });
    switch (next.tag) {
      case "restart":
        this.#setState({ tag: "starting", reason: `${this.#announce(next)}: ${cause}` });
        this.#wait(next.delay, () => {
          this.#run = this.#createRun(this.#run.number + 1);
          again();
        });
        break;
      case "done":
        if (failed) this.#fail(`${cause}; its restart policy is never`);
        else this.#complete();
        break;
      case "exhausted":
        this.#fail(`${cause}; maxRestarts is ${next.count}`);
        break;
    }
  }

  #announce({ delay, count }: { readonly delay: number; readonly count: number }): string {
    const when = delay < 1 ? "" : ` in ${formatDuration(delay)}`;
    const max = this.#serviceWanted ? (this.#options.restart?.maxRestarts ?? Infinity) : Infinity;
    return `Restart ${count}${max === Infinity ? "" : ` of ${max}`}${when}`;
  }

  /** The service is done; the components go on in the same cell, and in later ones. */
  #complete(): void {
    this.#serviceWanted = false;
    this.#schedule = new RestartSchedule(COMPONENTS_ONLY, this.#options.random);
    this.#answers = true;
    if (this.#options.start.http === undefined) this.#endCell();
    this.#setState(COMPLETED);
  }

  #fail(cause: string): void {
    this.#endCell();
    this.#setState({ tag: "error", reason: capitalize(cause) });
  }

  #endCell(): void {
    const cell = this.#cell;
    if (cell === undefined) return;
    this.#cell = undefined;
    this.#cellReady = false;
    const before = this.#ended;
    this.#ended = cell.stop().then(() => before);
  }

  #createRun(number: number): Run {
    return { number, startedAt: this.#options.clock.now(), ready: false };
  }

  #setState(state: WorkloadState): void {
    this.#state = state;
    this.#options.onState(state);
  }

  /** There is one thing to wait for at a time: readiness or a restart. */
  #wait(delay: number, action: () => void): void {
    this.#stopWaiting();
    this.#stopWaiting = this.#options.clock.after(delay, action);
  }
}

const COMPLETED: WorkloadState = { tag: "completed", reason: "Its service ended with success" };
