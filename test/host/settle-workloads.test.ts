import assert from "node:assert/strict";
import { mkdtempDisposable } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate, setTimeout } from "node:timers/promises";
import fc from "fast-check";
import { describe, it } from "mocha";
import { EventHub } from "../../host/event-hub.ts";
import { type ForwardedWorkload, HostForwards } from "../../host/host-forwards.ts";
import { HostTunnels } from "../../host/host-tunnels.ts";
import { ForwardTable } from "../../host/ingress/forward/forward-table.ts";
import type { Workload } from "../../host/manifest/workload.ts";
import { settleWorkloads } from "../../host/settle-workloads.ts";
import type { HostedWorkload } from "../../host/workload/hosted-workload.ts";
import { ApplyError } from "../../host/workload/apply-error.ts";
import { OperationError } from "../../host/workload/operation-error.ts";
import { isStopped } from "../../host/workload/state.ts";
import type { Applied } from "../../host/workload/status.ts";
import type { FakeCell } from "./workload/fake-cell.ts";
import { FleetLab, SERVICE, workloadOf } from "./workload/fleet-lab.ts";

/** What is done to workloads, without waiting for what is done already. */
type Step =
  | {
      readonly tag: "apply";
      readonly name: string;
      readonly version: number;
      readonly wait: boolean;
    }
  | { readonly tag: "delete" | "stop" | "start" | "restart"; readonly name: string }
  /** Something becomes of one of the cells that live. */
  | { readonly tag: "ready" | "listen" | "trap"; readonly cell: number };

const NAMES = ["a", "b"];
const name = fc.constantFrom(...NAMES);

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      tag: fc.constant("apply" as const),
      name,
      version: fc.nat(3),
      wait: fc.boolean(),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      tag: fc.constantFrom(
        "delete" as const,
        "stop" as const,
        "start" as const,
        "restart" as const,
      ),
      name,
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      tag: fc.constantFrom("ready" as const, "ready" as const, "listen" as const, "trap" as const),
      cell: fc.nat(9),
    }),
  },
);

describe("settleWorkloads", function () {
  this.timeout(60_000);

  it("leaves the forwards of what runs, whatever is done to workloads at a time", async () => {
    const steps = fc.array(fc.tuple(step, fc.nat(5)), { minLength: 10, maxLength: 25 });
    const property = fc.asyncProperty(steps, async (chosen) => {
      await using lab = await Lab.open();
      for (const [each, turns] of chosen) {
        lab.do(each);
        for (let turn = 0; turn < turns; turn += 1) await setImmediate();
      }
      await lab.settle();
      for (const each of NAMES) assert.deepEqual(lab.open(each), lab.wanted(each));
      await lab.deleteAll();
      assert.deepEqual(
        NAMES.flatMap((each) => lab.open(each)),
        [],
      );
      assert.deepEqual(lab.faults, []);
    });
    await fc.assert(property, { seed: 1, numRuns: 40 });
  });
});

/** A host's forwards, and workloads whose cells do what the test says. */
class Lab implements AsyncDisposable {
  readonly #events = new EventHub(() => {});
  readonly #fleet = new FleetLab((event) => this.#events.emit(event));
  readonly #table = new ForwardTable({ ownPort: () => ({ [Symbol.dispose]: () => {} }) });
  readonly #forwards = new HostForwards(this.#table, (reference) =>
    toForwarded(this.#fleet.fleet.find(reference)),
  );
  /** What an operation failed with that is no refusal. */
  readonly faults: unknown[] = [];
  readonly #pending = new Set<Promise<unknown>>();
  readonly #ready = new Set<FakeCell>();
  readonly #listening = new Map<FakeCell, number>();
  readonly #stack: AsyncDisposableStack;
  readonly #directory: string;

  static async open(): Promise<Lab> {
    const stack = new AsyncDisposableStack();
    const directory = stack.use(await mkdtempDisposable(join(tmpdir(), "islet-settle-")));
    return new Lab(directory.path, stack);
  }

  private constructor(directory: string, stack: AsyncDisposableStack) {
    this.#directory = directory;
    this.#stack = stack;
    const tunnels = new HostTunnels({
      find: (reference) => toForwarded(this.#fleet.fleet.find(reference)),
      emit: () => {},
      warn: () => {},
    });
    stack.use(this.#table);
    stack.use(this.#fleet);
    stack.use(tunnels);
    const forwards = this.#forwards;
    stack.use(settleWorkloads({ events: this.#events, forwards, tunnels }));
  }

  do(step: Step): void {
    if ("cell" in step) {
      const cells = this.#cells();
      const cell = cells[step.cell % Math.max(1, cells.length)];
      if (cell !== undefined) this.#report(cell, step.tag);
      return;
    }
    const done = step.tag === "apply" ? this.#apply(step) : this.#operate(step.tag, step.name);
    const over: Promise<unknown> = done
      .catch((error: unknown) => {
        // What cannot be done is refused, and leaves nothing.
        if (!(error instanceof OperationError || error instanceof ApplyError))
          this.faults.push(error);
      })
      .finally(() => this.#pending.delete(over));
    this.#pending.add(over);
  }

  /** Has all that was asked for come to its end. */
  async settle(): Promise<void> {
    let quiet = 0;
    for (; quiet < 20; quiet = this.#pending.size === 0 && this.#isSettled() ? quiet + 1 : 0) {
      for (const cell of this.#cells()) {
        this.#report(cell, "ready");
        this.#report(cell, "listen");
      }
      await setTimeout(1);
    }
  }

  async deleteAll(): Promise<void> {
    const { fleet } = this.#fleet;
    await Promise.all(fleet.list().map(({ id }) => fleet.delete(id, { gracePeriod: 0 })));
    for (let turn = 0; turn < 20; turn += 1) await setImmediate();
  }

  /** Where the forwards of a workload are. */
  open(name: string): string[] {
    return this.#table
      .list(`default/${name}`)
      .map(({ publish }) => publish)
      .toSorted();
  }

  /** Where they are to be. */
  wanted(name: string): string[] {
    const hosted = this.#fleet.fleet.list().find((each) => each.name === `default/${name}`);
    if (hosted === undefined || toForwarded(hosted).isStopped) return [];
    return (hosted.workload.service?.ports ?? []).flatMap(({ publish }) => publish ?? []);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stack.disposeAsync();
  }

  #isSettled(): boolean {
    return this.#fleet.fleet
      .list()
      .every(({ state: { tag } }) => !["starting", "stopping"].includes(tag));
  }

  async #apply({ name, version, wait }: Extract<Step, { tag: "apply" }>): Promise<void> {
    const workload = this.#workload(name, version);
    const { fleet } = this.#fleet;
    const act = (onOver: (workload: Workload) => void): Promise<readonly Applied[]> =>
      fleet.apply([workload], { wait, onOver });
    await this.#forwards.around([workload], act, { wait });
  }

  /** As the host does it. */
  async #operate(tag: "delete" | "stop" | "start" | "restart", name: string): Promise<void> {
    const { fleet } = this.#fleet;
    if (tag === "delete") {
      await fleet.delete(name, { gracePeriod: 0 });
      return;
    }
    const hosted = fleet.find(name);
    if (tag === "stop") this.#forwards.leave(hosted.name);
    else await this.#forwards.begin(toForwarded(hosted));
    await (tag === "stop" ? hosted.stop(0) : hosted[tag]());
    await this.#forwards.settle(hosted.name);
  }

  #workload(name: string, version: number): Workload {
    const publish = `unix:${join(this.#directory, `${name}${version}`)}`;
    const port = { name: "web", port: 80, protocol: "tcp", publish } as const;
    const service = { ...SERVICE, ports: version === 0 ? [] : [port] };
    const workload = workloadOf(name, `${name}.localhost`, version, service);
    return { ...workload, terminationGracePeriod: 0 };
  }

  #cells(): FakeCell[] {
    return this.#fleet.cells.made.filter(({ stops, death }) => stops === 0 && death === undefined);
  }

  #report(cell: FakeCell, what: "ready" | "listen" | "trap"): void {
    switch (what) {
      case "ready":
        if (!this.#ready.has(cell)) cell.report({ tag: "ready" });
        this.#ready.add(cell);
        return;
      case "listen":
        if (cell.run > 0 && this.#listening.get(cell) !== cell.run) cell.listen();
        this.#listening.set(cell, cell.run);
        return;
      case "trap":
        if (this.#listening.get(cell) === cell.run) cell.trap();
    }
  }
}

function toForwarded({ name, workload, wayIn, state }: HostedWorkload): ForwardedWorkload {
  return { name, workload, wayIn, isStopped: state.tag === "stopping" || isStopped(state) };
}
