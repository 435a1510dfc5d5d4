import type { CellReport } from "../bridge/main-end.ts";
import type { ServiceOutcome } from "../bridge/message-to-main.ts";
import type { Cell } from "./cell.ts";
import { CellSeat } from "./cell-seat.ts";
import { canListen } from "./cell-start.ts";
import { probeHttp } from "./probe-http.ts";
import { FIRST_LISTENER, Readiness } from "./readiness.ts";
import { capitalize, describeOutcome } from "./service-outcome.ts";
import { COMPONENTS_ONLY, RestartSchedule } from "./restart-schedule.ts";
import { RestartTimer } from "./restart-timer.ts";
import type { WorkloadState } from "./state.ts";
import type { SupervisorOptions } from "./supervisor-options.ts";
import type { SwitchedWayIn } from "./way-in.ts";

/** One run: the service from its start to its exit; without a service, the cell from its start to its death. */
interface Run {
  readonly number: number;
  readonly startedAt: number;
  readonly readiness: Readiness;
  ready: boolean;
  /** Whether it was given up: what is heard of it means nothing any more. */
  ended: boolean;
}

/**
 * Keeps one replica of a workload running: starts its cell and its service, and again when they end, as the policy says.
 *
 * A service that does not get ready in the time that it has counts as failed, and so does one whose cell dies.
 * Where the service has completed or there is none, a cell that dies is always followed by another, after the same waits.
 */
export class Supervisor {
  readonly #options: SupervisorOptions;
  readonly #seat: CellSeat;
  #schedule: RestartSchedule;
  #state: WorkloadState = { tag: "starting", reason: "Starting" };
  #run: Run;
  #restarts = 0;
  /** What happens while a restart is due is no other failure. */
  readonly #timer: RestartTimer;
  #serviceWanted: boolean;
  /** Whether the workload was ready once. */
  #answers = false;
  #isRetired = false;

  constructor(options: SupervisorOptions) {
    this.#options = options;
    const { start, createCell, hostPorts } = options;
    this.#schedule = new RestartSchedule(options.restart ?? COMPONENTS_ONLY, options.random);
    this.#serviceWanted = start.service !== undefined;
    this.#run = this.#createRun(1);
    this.#seat = new CellSeat({
      start,
      createCell,
      hostPorts,
      onReport: (report) => this.#onReport(report),
      onDeath: (reason) => this.#onDeath(reason),
      onPort: (address, open) => options.onPort?.(address, open),
      onChange: () => options.onCell?.(),
    });
    this.#timer = new RestartTimer(options.clock, () => this.#again());
    this.#seat.begin();
  }

  get state(): WorkloadState {
    return this.#state;
  }

  /** Restarts so far, of the service or of the cell. */
  get restarts(): number {
    return this.#restarts;
  }

  /** `address:port` of all that the service listens on. */
  get ports(): readonly string[] {
    return this.#seat.ports;
  }

  /** Settles when the first cell has loaded, or will not any more. */
  get begun(): Promise<void> {
    return this.#seat.begun;
  }

  /** The cell there is, whether or not anything in it is ready; undefined between two of them. */
  get cell(): Cell | undefined {
    return this.#seat.loaded;
  }

  /** The way into the network of its cells, whichever there is. */
  get wayIn(): SwitchedWayIn {
    return this.#seat.wayIn;
  }

  /**
   * The cell, where it takes requests: from the first readiness of the workload on, until it is to stop.
   * A service that is being restarted does not change that, since only the component knows what it needs it for.
   */
  get answeringCell(): Cell | undefined {
    return this.#answers && !this.#isRetired ? this.cell : undefined;
  }

  /** Takes no new requests and starts nothing any more; what is under way goes on until `stop`. Idempotent. */
  retire(reason: string): void {
    if (this.#isRetired) return;
    this.#isRetired = true;
    this.#timer.cancel();
    this.#endRun();
    this.#seat.retire();
    this.#setState({ tag: "stopping", reason });
  }

  /** Ends everything, in order where that goes quickly. Nothing is started any more. Never rejects. */
  async stop(): Promise<void> {
    this.retire("Stopping");
    await this.#seat.close();
  }

  #onReport(report: CellReport): void {
    switch (report.tag) {
      case "ready":
        if (this.#isRetired) break;
        if (this.#serviceWanted) this.#startService();
        else this.#becomeReady("Its components are ready");
        break;
      case "service-started":
        if (this.#isPresent(report.run)) this.#onServiceStarted();
        break;
      case "service-listening":
        if (this.#isPresent(report.run)) this.#run.readiness.listening(report.address);
        break;
      case "service-exit":
        if (this.#isPresent(report.run)) this.#onServiceExit(report.outcome);
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
      case "service-closed":
      case "stopped":
        break;
    }
  }

  #isPresent(run: number): boolean {
    return run === this.#run.number && !this.#run.ended;
  }

  #startService(): void {
    this.#seat.loaded?.startService(this.#run.number);
  }

  #onServiceStarted(): void {
    this.#run.readiness.started();
    const wayIn = this.#seat.loaded?.wayIn;
    if (wayIn !== undefined) this.#run.readiness.watch(wayIn);
  }

  #becomeReady(reason: string): void {
    if (this.#run.ready) return;
    this.#run.ready = true;
    this.#answers = true;
    const isCompleted = !this.#serviceWanted && this.#options.start.service !== undefined;
    this.#setState(isCompleted ? COMPLETED : { tag: "running", reason });
  }

  #onServiceExit(outcome: ServiceOutcome): void {
    this.#onRunEnd(outcome.tag !== "completed", describeOutcome(outcome));
  }

  #onDeath(reason: string): void {
    if (this.#isRetired) return;
    if (this.#timer.isDue) this.#tellDue(reason);
    else this.#onRunEnd(true, reason);
  }

  #onRunEnd(failed: boolean, cause: string): void {
    this.#endRun();
    const uptime = this.#options.clock.now() - this.#run.startedAt;
    const next = this.#schedule.next({ failed, ready: this.#run.ready, uptime });
    switch (next.tag) {
      case "restart":
        this.#timer.set(next);
        this.#tellDue(cause);
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

  /** The next run: in the present cell, or, where that died, in another one. */
  #again(): void {
    this.#restarts += 1;
    this.#run = this.#createRun(this.#run.number + 1);
    if (this.#seat.isEmpty) this.#seat.begin();
    else this.#startService();
  }

  #tellDue(cause: string): void {
    const max = this.#serviceWanted ? (this.#options.restart?.maxRestarts ?? Infinity) : Infinity;
    this.#setState({ tag: "starting", reason: `${this.#timer.describe(max)}: ${cause}` });
  }

  /** The service is done; the components go on in the same cell, and in later ones. */
  #complete(): void {
    this.#serviceWanted = false;
    this.#schedule = new RestartSchedule(COMPONENTS_ONLY, this.#options.random);
    this.#answers = true;
    if (this.#options.start.http === undefined) this.#seat.end();
    this.#setState(COMPLETED);
  }

  #fail(cause: string): void {
    this.#seat.end();
    this.#setState({ tag: "error", reason: capitalize(cause) });
  }

  #endRun(): void {
    this.#run.ended = true;
    this.#run.readiness[Symbol.dispose]();
  }

  #createRun(number: number): Run {
    const { readiness: rule, start, clock } = this.#options;
    const readiness = new Readiness({
      rule: rule ?? FIRST_LISTENER,
      canListen: canListen(start),
      clock,
      probe: async (path, signal) =>
        start.http !== undefined && (await probeHttp(this.cell, start.http.name, path, signal)),
      onReady: (reason) => this.#becomeReady(reason),
      // The instance goes on until the next one replaces it; whatever it does by then comes too late.
      onTimeout: (reason) => this.#onRunEnd(true, reason),
    });
    return { number, startedAt: clock.now(), readiness, ready: false, ended: false };
  }

  #setState(state: WorkloadState): void {
    this.#state = state;
    this.#options.onState(state);
  }
}

const COMPLETED: WorkloadState = { tag: "completed", reason: "Its service ended with success" };
