import type { CancelSignal } from "../network/cancel-signal.ts";
import { type ResourceLimits, Worker } from "node:worker_threads";
import type { LinkError } from "../bridge/error.ts";
import type { CountedWayIn } from "../bridge/link-way-in.ts";
import { type CellReport, MainEnd } from "../bridge/main-end.ts";
import { createFlag } from "../engine/interrupt.ts";
import { SharedQuota } from "../network/shared-quota.ts";
import type { HttpRequest, HttpResponse } from "../wasi/http/message.ts";
import type { OwnPorts } from "../wasi/egress/machine.ts";
import type { CellStart } from "./cell-start.ts";
import { formatDuration } from "./format-duration.ts";
import { InterruptClock } from "./interrupt-clock.ts";
import { createHeart, readVitals, threadOf, type Vitals, watchHeart } from "./liveness.ts";
import { processorTimeOf } from "./thread-time.ts";

/** What a supervisor hears of a cell. */
export interface CellEvents {
  readonly report: (report: CellReport) => void;
  /** The cell ended without having been asked to, for `reason`; nothing more comes from it. */
  readonly died: (reason: string) => void;
}

/** One worker thread that runs the guests of one workload. */
export interface Cell {
  /** Why it ended by itself; undefined while it lives. */
  readonly death: string | undefined;
  /** The way into its network, which is closed once the cell has ended. */
  readonly wayIn: CountedWayIn;
  /** How many requests and streams are under way. */
  readonly load: number;
  /** What its thread used so far; undefined before it runs. */
  readonly vitals: Vitals | undefined;
  /** Rejects with `CallError`, with `LinkError` where the cell ended, or with the signal's reason. */
  requestHttp(request: HttpRequest, target: string, signal: CancelSignal): Promise<HttpResponse>;
  /** Starts a fresh instance of the service; `run` comes back in all reports about it. */
  startService(run: number): void;
  /** Tells which ports of the machine the host itself has, all of them; until then, no guest reaches any. */
  setOwnPorts(ports: OwnPorts): void;
  /** Ends the thread: in order where it manages within `STOP_LIMIT`, else by force. Never rejects. */
  stop(): Promise<void>;
}

export type CreateCell = (start: CellStart, events: CellEvents) => Cell;

/** How long a cell may take to stop in order, in milliseconds: of the two seconds that stopping may take in all. */
const STOP_LIMIT = 1_500;

/**
 * The young generation in MiB: V8 fills all of it before it looks what is alive. With 32 a busy cell took 20 MiB more,
 * and answered no more requests.
 */
const YOUNG_GENERATION = 12;

/**
 * V8's bounds for a JavaScript heap of `heap` bytes. Linear memory of guests is not in it.
 * Glue takes about 1 MiB an instance; the rest is buffers of bodies and connections, which have bounds of their own.
 */
function resourceLimits(heap: number): ResourceLimits {
  const megabytes = Math.ceil(heap / 2 ** 20);
  return {
    maxOldGenerationSizeMb: megabytes,
    maxYoungGenerationSizeMb: Math.min(YOUNG_GENERATION, megabytes / 4),
  };
}

/** Starts a cell in a thread of its own; tests give another `program` to that thread. */
export function createCell(start: CellStart, events: CellEvents, program: URL = PROGRAM): Cell {
  return new WorkerCell(start, events, program);
}

/** What the thread's entry finds in `workerData`. */
export interface CellWorkerData {
  readonly start: CellStart;
  readonly heart: SharedArrayBuffer;
  /** Raised to interrupt guests that run for long. */
  readonly flag: WebAssembly.Memory;
}

class WorkerCell implements Cell {
  readonly #worker: Worker;
  readonly #end: MainEnd;
  readonly #heart: SharedArrayBuffer;
  readonly #events: CellEvents;
  readonly #watch: Disposable;
  readonly #interrupts: InterruptClock;
  readonly #exited: Promise<void>;
  #stopped = Promise.withResolvers<void>();
  #stopping = false;
  #cause: string | undefined;
  #death: string | undefined;

  constructor(start: CellStart, events: CellEvents, program: URL) {
    const heart = createHeart();
    const flag = createFlag();
    const workerData: CellWorkerData = { start, heart, flag };
    this.#heart = heart;
    this.#events = events;
    this.#worker = new Worker(program, {
      name: start.workload,
      workerData,
      resourceLimits: resourceLimits(start.heap),
    });
    this.#worker.on("error", (error) => (this.#cause ??= causeOf(error, start.heap)));
    this.#exited = new Promise((resolve) => {
      this.#worker.once("exit", () => resolve());
    });
    this.#end = new MainEnd(this.#worker, {
      report: (report) => this.#report(report),
      quota: start.quota && new SharedQuota(start.quota),
      ended: (failure) => this.#ended(failure),
    });
    this.#interrupts = new InterruptClock(flag, () => this.load > 0);
    const { performance } = this.#worker;
    this.#watch = watchHeart(
      heart,
      start.hang,
      () => this.#die(`unresponsive for ${formatDuration(start.hang)}`),
      {
        idleTime: () => performance.eventLoopUtilization().idle,
        processorTime: () => processorTimeOf(threadOf(heart)),
      },
    );
  }

  get death(): string | undefined {
    return this.#death;
  }

  get load(): number {
    return this.#end.calls + this.#end.streams;
  }

  get vitals(): Vitals | undefined {
    return readVitals(this.#heart);
  }

  get wayIn(): CountedWayIn {
    return this.#end.wayIn;
  }

  requestHttp(request: HttpRequest, target: string, signal: CancelSignal): Promise<HttpResponse> {
    this.#interrupts.wake();
    return this.#end.requestHttp(request, target, signal);
  }

  startService(run: number): void {
    this.#end.send({ tag: "service-start", run });
  }

  setOwnPorts(ports: OwnPorts): void {
    this.#end.send({ tag: "own-ports", ports });
  }

  async stop(): Promise<void> {
    if (!this.#stopping && this.#death === undefined) {
      this.#stopping = true;
      this.#end.send({ tag: "stop" });
      const limit = setTimeout(() => this.#stopped.resolve(), STOP_LIMIT);
      await this.#stopped.promise;
      clearTimeout(limit);
    }
    await this.#terminate();
  }

  #report(report: CellReport): void {
    if (report.tag === "stopped") {
      this.#stopped.resolve();
      return;
    }
    if (report.tag === "log") this.#returnLogCredit(report.bytes);
    this.#events.report(report);
  }

  /** Returned after a pause rather than at once: this, times the window, is the rate at which a flood of lines flows. */
  #returnLogCredit(bytes: number): void {
    setTimeout(() => this.#end.send({ tag: "log-credit", bytes }), LOG_PAUSE).unref();
  }

  #ended(failure: LinkError): void {
    this.#stopped.resolve();
    if (this.#stopping) return;
    this.#die(failure.code === "closed" ? "its thread ended" : failure.message);
  }

  #die(reason: string): void {
    if (this.#death !== undefined || this.#stopping) return;
    this.#death = this.#cause ?? reason;
    void this.#terminate();
    this.#events.died(this.#death);
  }

  async #terminate(): Promise<void> {
    this.#watch[Symbol.dispose]();
    this.#interrupts[Symbol.dispose]();
    this.#end[Symbol.dispose]();
    await this.#worker.terminate();
    await this.#exited;
  }
}

const PROGRAM = new URL("./cell-worker.ts", import.meta.url);

/** Milliseconds; 64 KiB each 20 ms are 3.2 MB/s of log for one workload. */
const LOG_PAUSE = 20;

function causeOf(error: unknown, heap: number): string {
  if (!(error instanceof Error)) return `its thread failed: ${String(error)}`;
  return "code" in error && error.code === "ERR_WORKER_OUT_OF_MEMORY"
    ? `its JavaScript heap reached ${Math.ceil(heap / 2 ** 20)} MiB (limits.heap)`
    : `its thread failed: ${error.message}`;
}
