import type { CellReport } from "../../../host/bridge/main-end.ts";
import type { CompiledComponent } from "../../../host/engine/compiled-component.ts";
import type { HttpRequest, HttpResponse } from "../../../host/wasi/http/message.ts";
import type { Cell, CellEvents, CreateCell } from "../../../host/workload/cell.ts";
import type { OwnPorts } from "../../../host/wasi/egress/machine.ts";
import type { CellStart } from "../../../host/workload/cell-start.ts";
import type { Vitals } from "../../../host/workload/liveness.ts";
import { SwitchedWayIn } from "../../../host/workload/way-in.ts";
import { defaultPolicy } from "../../../policy/policy.ts";

/** A cell that does what the test says. */
export class FakeCell implements Cell {
  readonly runs: number[] = [];
  readonly ports: OwnPorts[] = [];
  readonly events: CellEvents;
  readonly wayIn: SwitchedWayIn = new SwitchedWayIn();
  vitals: Vitals | undefined;
  load = 0;
  death: string | undefined;
  stops = 0;
  answer: (request: HttpRequest) => Promise<HttpResponse> = async () => ({
    head: { status: 200, headers: [] },
    body: undefined,
  });

  constructor(events: CellEvents) {
    this.events = events;
  }

  get run(): number {
    return this.runs.at(-1) ?? 0;
  }

  requestHttp(request: HttpRequest): Promise<HttpResponse> {
    return this.answer(request);
  }

  startService(run: number): void {
    this.runs.push(run);
  }

  setOwnPorts(ports: OwnPorts): void {
    this.ports.push(ports);
  }

  async stop(): Promise<void> {
    this.stops += 1;
  }

  report(report: CellReport): void {
    this.events.report(report);
  }

  /** The service starts and listens. */
  listen(): void {
    this.report({ tag: "service-started", run: this.run });
    this.report({ tag: "service-listening", run: this.run, address: "127.0.0.1:7777" });
  }

  trap(reason = "unreachable"): void {
    this.report({ tag: "service-exit", run: this.run, outcome: { tag: "trapped", reason } });
  }

  complete(): void {
    this.report({ tag: "service-exit", run: this.run, outcome: { tag: "completed" } });
  }

  die(reason: string): void {
    this.death = reason;
    this.events.died(reason);
  }
}

/** A factory of fake cells that keeps what it made. */
export class FakeCells {
  readonly made: FakeCell[] = [];

  /** Thrown instead of making a cell. */
  refusal: Error | undefined;

  readonly create: CreateCell = (_start, events) => {
    if (this.refusal !== undefined) throw this.refusal;
    const cell = new FakeCell(events);
    this.made.push(cell);
    return cell;
  };

  get last(): FakeCell {
    const last = this.made.at(-1);
    if (last === undefined) throw new Error("No cell was made");
    return last;
  }
}

export function compiledStub(imports: readonly string[] = []): CompiledComponent {
  return {
    digest: "0",
    imports,
    exports: [],
    memory: 2 ** 24,
    modules: {},
    glue: "",
    cachedData: undefined,
  };
}

/** A start with a service that could listen, and with a handler. */
export function cellStart(changes: Partial<CellStart> = {}): CellStart {
  const guest = { policy: defaultPolicy("component"), environment: [] } as const;
  return {
    workload: "default/leet",
    resolver: undefined,
    ca: [],
    hang: 5_000,
    heap: 256 * 2 ** 20,
    service: {
      ...guest,
      name: "service",
      compiled: compiledStub(["wasi:sockets/tcp@0.2.3"]),
      policy: defaultPolicy("service"),
      args: [],
      readiness: 10_000,
    },
    http: {
      ...guest,
      name: "api",
      compiled: compiledStub(),
      poolSize: 1,
      maxInvocations: 0,
      timeout: 30_000,
    },
    ...changes,
  };
}
