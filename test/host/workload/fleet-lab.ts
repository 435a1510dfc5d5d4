import { setImmediate } from "node:timers/promises";
import { DEFAULT_LIMITS } from "../../../host/manifest/read-limits.ts";
import type { Service, Workload } from "../../../host/manifest/workload.ts";
import { HostQuota } from "../../../host/network/host-quota.ts";
import { RouteTable } from "../../../host/ingress/http/route-table.ts";
import { toHttpTarget } from "../../../host/to-http-target.ts";
import { Fleet } from "../../../host/workload/fleet.ts";
import type { FleetParts } from "../../../host/workload/fleet-parts.ts";
import { HostPorts } from "../../../host/workload/host-ports.ts";
import { LogStore } from "../../../host/workload/log/log-store.ts";
import { DEFAULT_SETTINGS } from "../../../host/workload/prepare.ts";
import type { Applied } from "../../../host/workload/status.ts";
import { VolumeStore } from "../../../host/workload/volume-store.ts";
import { defaultPolicy } from "../../../policy/policy.ts";
import { guestPath } from "../../fixture/guest/guest.ts";
import { compiledStub, type FakeCell, FakeCells } from "./fake-cell.ts";

/** A fleet of workloads whose cells do what the test says; nothing is compiled. */
export class FleetLab implements AsyncDisposable {
  readonly cells: FakeCells = new FakeCells();
  /** How many components are being compiled, were at the most at a time, and were in all. */
  readonly prepared: { now: number; most: number; all: number } = { now: 0, most: 0, all: 0 };
  openLogs = 0;
  readonly fleet: Fleet;
  readonly #routes = new RouteTable();
  readonly #hostPorts = new CountedPorts();

  /** `emit` is told what happens. */
  constructor(emit: FleetParts["emit"] = () => {}) {
    this.fleet = new Fleet({
      compiler: {
        compile: async () => {
          this.prepared.now += 1;
          this.prepared.most = Math.max(this.prepared.most, this.prepared.now);
          await setImmediate();
          this.prepared.now -= 1;
          this.prepared.all += 1;
          return {
            ...compiledStub(),
            exports: ["wasi:cli/run@0.2.3", "wasi:http/incoming-handler@0.2.3"],
          };
        },
        storeCachedData: () => Promise.resolve(),
      },
      settings: DEFAULT_SETTINGS,
      hostPorts: this.#hostPorts,
      quota: new HostQuota({}),
      volumes: new VolumeStore({ directory: undefined, warn: fail }),
      gate: async (task) => {
        await Promise.resolve();
        return await task();
      },
      emit,
      warn: fail,
      route: (http, answerer) => this.#routes.add(http.hosts, toHttpTarget(answerer, http), http),
      openLog: () => {
        this.openLogs += 1;
        const close = async (): Promise<void> => void (this.openLogs -= 1);
        return { store: new LogStore(), [Symbol.asyncDispose]: close };
      },
      createCell: this.cells.create,
    });
  }

  /** How many are told of the host's own ports: one for each replica. */
  get watchers(): number {
    return this.#hostPorts.watchers;
  }

  cell(index: number): FakeCell {
    const cell = this.cells.made[index];
    if (cell === undefined) throw new Error(`There is no cell ${index}`);
    return cell;
  }

  /** Applies a workload of one component, in another version for each number. */
  async apply(name: string, host: string, version: number, service?: Service): Promise<Applied> {
    const [applied] = await this.fleet.apply([workloadOf(name, host, version, service)]);
    if (applied === undefined) throw new Error("Nothing was applied");
    return applied;
  }

  /** Applies one and has it ready. */
  async running(name: string, host: string): Promise<void> {
    const count = this.cells.made.length;
    const applied = this.apply(name, host, 1);
    await this.untilCells(count + 1);
    this.cell(count).report({ tag: "ready" });
    await applied;
  }

  /** Applies one whose service has completed, and whose component answers. */
  async completed(name: string): Promise<void> {
    const count = this.cells.made.length;
    const applied = this.apply(name, `${name}.localhost`, 1, SERVICE);
    await this.untilCells(count + 1);
    this.cell(count).report({ tag: "ready" });
    this.cell(count).complete();
    await applied;
  }

  /** The workload that requests for `host` go to. */
  routed(host: string): string | undefined {
    const route = this.#routes.resolve(host);
    return "target" in route ? route.target.workload : undefined;
  }

  async untilCells(count: number): Promise<void> {
    while (this.cells.made.length < count) await setImmediate();
  }

  /** Until so many components were compiled, and what follows has happened. */
  async untilPrepared(count: number): Promise<void> {
    while (this.prepared.all < count) await setImmediate();
    await this.turn();
  }

  /** Lets what is due happen. */
  async turn(): Promise<void> {
    for (let time = 0; time < 20; time += 1) await setImmediate();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const cell of this.cells.made) cell.load = 0;
    await this.fleet[Symbol.asyncDispose]();
  }
}

class CountedPorts extends HostPorts {
  watchers = 0;

  override watch(watcher: Parameters<HostPorts["watch"]>[0]): Disposable {
    const stack = new DisposableStack();
    stack.use(super.watch(watcher));
    this.watchers += 1;
    stack.defer(() => (this.watchers -= 1));
    return stack;
  }
}

const PLACE = { file: "w.yaml", line: 1, column: 1 } as const;

/** What stands for the image: what it imports is read, and it is not compiled. */
const GUEST = {
  image: guestPath("http-hello"),
  environment: {},
  limits: DEFAULT_LIMITS,
  mounts: [],
  location: PLACE,
} as const;

/** One that may not restart. */
export const SERVICE: Service = {
  ...GUEST,
  policy: defaultPolicy("service"),
  args: [],
  maxRestarts: 0,
  restart: { policy: "on-failure", backoff: { initial: 100, max: 100 }, healthyAfter: 60_000 },
  readiness: { timeout: 10_000, port: undefined, http: undefined },
  ports: [],
};

/** A workload that has, besides its service, a component that answers. */
export function workloadOf(
  name: string,
  host: string,
  version: number,
  service: Service | undefined,
): Workload {
  return {
    namespace: "default",
    name,
    labels: { version: String(version) },
    annotations: {},
    replicas: 1,
    service,
    components: [
      {
        ...GUEST,
        policy: defaultPolicy("component"),
        name: "c",
        poolSize: 0,
        maxInvocations: 0,
        timeout: 1_000,
      },
    ],
    volumes: [],
    tunnels: [],
    http: { hosts: [host], path: "/", port: undefined },
    terminationGracePeriod: 60_000,
    location: PLACE,
  };
}

function fail(message: string): void {
  throw new Error(message);
}
