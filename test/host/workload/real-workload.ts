import { tmpdir } from "node:os";
import { join } from "node:path";
import type { LogLine } from "../../../host/bridge/message-to-main.ts";
import { type Compiler, createCompiler } from "../../../host/engine/compiler.ts";
import { DEFAULT_LIMITS } from "../../../host/manifest/read-limits.ts";
import type { Component, Service, Workload } from "../../../host/manifest/workload.ts";
import type { Body, HttpRequest } from "../../../host/wasi/http/message.ts";
import type { Cell, CellEvents } from "../../../host/workload/cell.ts";
import { createCell } from "../../../host/workload/cell.ts";
import type { CellStart } from "../../../host/workload/cell-start.ts";
import { prepareWorkload } from "../../../host/workload/prepare.ts";
import type { RunningWorkload } from "../../../host/workload/running-workload.ts";
import { startWorkload, type WorkloadParts } from "../../../host/workload/start.ts";
import type { WorkloadState } from "../../../host/workload/state.ts";
import { defaultPolicy } from "../../../policy/policy.ts";
import { guestPath, type GuestName } from "../../fixture/guest/guest.ts";
import { readText } from "../bridge/support.ts";

/** A compiler whose cache later runs of the tests find again. */
export function createTestCompiler(options: { readonly interrupts?: boolean } = {}): Compiler {
  return createCompiler({ cacheDir: join(tmpdir(), "islet-test-cache"), ...options });
}

export function workloadOf(guests: {
  readonly service?: GuestName | undefined;
  readonly component?: GuestName | undefined;
  readonly serviceChanges?: Partial<Service>;
  readonly componentChanges?: Partial<Component>;
}): Workload {
  const location = { file: "test.yaml", line: 1, column: 1 };
  const limits = { ...DEFAULT_LIMITS, memory: 16 * 2 ** 20 };
  const common = { environment: {}, limits, mounts: [], location };
  const restart = {
    policy: "on-failure",
    backoff: { initial: 10, max: 100 },
    healthyAfter: 60_000,
  } as const;
  return {
    namespace: "default",
    name: "test",
    labels: {},
    annotations: {},
    replicas: 1,
    volumes: [],
    tunnels: [],
    terminationGracePeriod: 10_000,
    http: { hosts: ["test.localhost"], path: "/", port: undefined },
    location,
    service: guests.service && {
      ...common,
      image: guestPath(guests.service),
      args: [],
      maxRestarts: 5,
      restart,
      readiness: { timeout: 10_000, port: undefined, http: undefined },
      ports: [],
      policy: defaultPolicy("service"),
      ...guests.serviceChanges,
    },
    components:
      guests.component === undefined
        ? []
        : [
            {
              ...common,
              policy: defaultPolicy("component"),
              name: "api",
              image: guestPath(guests.component),
              poolSize: 2,
              maxInvocations: 0,
              timeout: 30_000,
              ...guests.componentChanges,
            },
          ],
  };
}

/** A workload of real guests in a real cell, and all that was heard of it. */
export class RealWorkload implements AsyncDisposable {
  readonly states: WorkloadState[] = [];
  readonly lines: LogLine[] = [];
  readonly ports: string[] = [];
  readonly cells: Cell[] = [];
  readonly running: RunningWorkload;
  #changed = Promise.withResolvers<void>();

  constructor(prepared: WorkloadParts["prepared"], parts: Partial<WorkloadParts> = {}) {
    this.running = startWorkload({
      prepared,
      onState: (state) => this.#note(() => this.states.push(state)),
      onLog: (lines) => this.#note(() => this.lines.push(...lines)),
      onPort: (address, open) => this.#note(() => this.ports.push(`${open ? "+" : "-"}${address}`)),
      createCell: (start: CellStart, events: CellEvents) => {
        const cell = createCell(start, events);
        this.cells.push(cell);
        return cell;
      },
      ...parts,
    });
  }

  static async start(
    workload: Workload,
    compiler: Compiler,
    parts: Partial<WorkloadParts> = {},
  ): Promise<RealWorkload> {
    return new RealWorkload(await prepareWorkload(workload, compiler), parts);
  }

  get restarts(): number {
    return this.states.filter(({ tag }) => tag === "starting").length;
  }

  /** Waits until `condition` holds, looking at each piece of news. */
  async until(condition: () => boolean): Promise<void> {
    while (!condition()) await this.#changed.promise;
  }

  /** Waits for a state; an error that is not waited for fails at once, with its reason. */
  async untilState(tag: WorkloadState["tag"]): Promise<WorkloadState> {
    await this.until(() => this.running.state.tag === tag || this.running.state.tag === "error");
    const { state } = this.running;
    if (state.tag !== tag) throw new Error(`The workload is in error: ${state.reason}`);
    return state;
  }

  /** The status and text of an answer. */
  async get(path: string, body?: Body): Promise<string> {
    const { head, body: answer } = await this.request(path, body);
    return `${head.status} ${await readText(answer)}`;
  }

  request(
    pathWithQuery: string,
    body?: Body,
    signal: AbortSignal = new AbortController().signal,
  ): ReturnType<RunningWorkload["handle"]> {
    const head: HttpRequest["head"] = {
      method: body === undefined ? "GET" : "POST",
      scheme: "http",
      authority: "test.localhost",
      pathWithQuery,
      headers: [["accept", "*/*"]],
    };
    return this.running.handle({ head, body }, signal);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.running.stop();
  }

  #note(news: () => void): void {
    news();
    this.#changed.resolve();
    this.#changed = Promise.withResolvers();
  }
}
