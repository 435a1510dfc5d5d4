import assert from "node:assert/strict";
import { mkdtempDisposable } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, it } from "mocha";
import { EventHub } from "../../host/event-hub.ts";
import { type ForwardedWorkload, HostForwards } from "../../host/host-forwards.ts";
import { HostTunnels } from "../../host/host-tunnels.ts";
import { ForwardTable } from "../../host/ingress/forward/forward-table.ts";
import type { Workload } from "../../host/manifest/workload.ts";
import { settleWorkloads } from "../../host/settle-workloads.ts";
import type { HostedWorkload } from "../../host/workload/hosted-workload.ts";
import { isStopped } from "../../host/workload/state.ts";
import type { Applied } from "../../host/workload/status.ts";
import { until } from "../support/until.ts";
import { FleetLab, SERVICE, workloadOf } from "./workload/fleet-lab.ts";

let lab: Lab;

describe("versions that are applied before the one before them was", () => {
  beforeEach(async () => {
    lab = await Lab.open();
    const first = lab.apply(["one"], { wait: true });
    await lab.ready(0);
    assert.equal(await first, "created");
  });
  afterEach(() => lab[Symbol.asyncDispose]());

  it("keep what they have opened until it is their turn", async () => {
    assert.equal(await lab.apply(["two"]), "replaced");
    const third = lab.apply(["three"]);
    await lab.opened("three");
    await lab.ready(1);
    assert.equal(await third, "replaced");
    await lab.quiet();
    assert.deepEqual(lab.changes, ["+one", "+two", "+three", "-one"]);
    await lab.ready(2);
    await until(() => lab.changes.includes("-two"));
    await lab.quiet();
    assert.deepEqual(lab.changes, ["+one", "+two", "+three", "-one", "-two"]);
  });

  it("keep what is open and not declared by the one before them", async () => {
    await lab.apply([]);
    const third = lab.apply(["one"]);
    await lab.turn();
    await lab.ready(1);
    await third;
    await lab.ready(2);
    await lab.quiet();
    assert.deepEqual(lab.changes, ["+one"]);
  });

  it("keep what they share with one that does not get ready", async () => {
    await lab.apply(["two"]);
    const third = lab.apply(["two", "three"]);
    await lab.opened("three");
    await lab.fail(1);
    await third;
    await lab.quiet();
    assert.deepEqual(lab.changes, ["+one", "+two", "+three"]);
    await lab.fail(2);
    await until(() => lab.changes.includes("-three"));
    await lab.quiet();
    assert.deepEqual(lab.changes.slice(3).toSorted(), ["-three", "-two"]);
  });

  it("keep what they share with one whose failure somebody waits for", async () => {
    const second = lab.apply(["two"], { wait: true });
    await lab.opened("two");
    await lab.untilCells(2);
    const third = lab.apply(["two"]);
    await lab.turn();
    await lab.fail(1);
    assert.equal(await second, "kept");
    await third;
    await lab.ready(2);
    await until(() => lab.changes.includes("-one"));
    await lab.quiet();
    assert.deepEqual(lab.changes, ["+one", "+two", "-one"]);
  });

  it("keep what they have opened while the workload is stopped before their turn", async () => {
    lab.occupy(0, true);
    const stopped = lab.stop();
    const second = lab.apply(["two"]);
    await lab.opened("two");
    await assert.rejects(lab.apply(["three"], { isBroken: true }), { name: "ApplyError" });
    await lab.quiet();
    lab.occupy(0, false);
    await stopped;
    await second;
    await lab.ready(1);
    await lab.quiet();
    assert.deepEqual(lab.changes, ["+one", "-one", "+two", "+three", "-three"]);
  });

  it("leave nothing open where they cannot be prepared", async () => {
    await lab.apply(["two"]);
    await assert.rejects(lab.apply(["two", "three"], { isBroken: true }), { name: "ApplyError" });
    assert.deepEqual(lab.changes, ["+one", "+two", "+three", "-three"]);
    await lab.ready(1);
    await until(() => lab.changes.includes("-one"));
    await lab.quiet();
    assert.deepEqual(lab.changes, ["+one", "+two", "+three", "-three", "-one"]);
  });

  it("give up what they alone kept open where they cannot be prepared", async () => {
    await lab.apply([]);
    const third = lab.apply(["one"], { isBroken: true });
    await lab.ready(1);
    await assert.rejects(third, { name: "ApplyError" });
    await until(() => lab.changes.includes("-one"));
    await lab.quiet();
    assert.deepEqual(lab.changes, ["+one", "-one"]);
  });

  it("leave nothing open where whoever waited for them went away", async () => {
    const given = new AbortController();
    const second = lab.apply(["two"], { wait: true, signal: given.signal });
    await lab.untilCells(2);
    given.abort(new Error("No more"));
    await assert.rejects(second, { message: "No more" });
    await lab.quiet();
    assert.deepEqual(lab.changes, ["+one", "+two"]);
    await lab.fail(1);
    await until(() => lab.changes.includes("-two"));
  });
});

interface Wishes {
  readonly wait?: boolean;
  readonly signal?: AbortSignal;
  /** Whether it has an image that cannot be read. */
  readonly isBroken?: boolean;
}

/** A host's forwards to one workload, whose cells do what the test says; each is named after its Unix socket. */
class Lab implements AsyncDisposable {
  /** `+name` for each forward that was opened, `-name` for each that was closed. */
  readonly changes: string[] = [];
  readonly #events = new EventHub(() => {});
  readonly #fleet = new FleetLab((event) => this.#events.emit(event));
  readonly #table: ForwardTable;
  readonly #forwards: HostForwards;
  readonly #stack: AsyncDisposableStack;
  readonly #directory: string;
  #version = 0;

  static async open(): Promise<Lab> {
    const stack = new AsyncDisposableStack();
    const directory = stack.use(await mkdtempDisposable(join(tmpdir(), "islet-overlap-")));
    return new Lab(directory.path, stack);
  }

  private constructor(directory: string, stack: AsyncDisposableStack) {
    this.#directory = directory;
    this.#stack = stack;
    this.#table = new ForwardTable({
      ownPort: () => ({ [Symbol.dispose]: () => {} }),
      onChange: ({ label }, isOpen) => this.changes.push(`${isOpen ? "+" : "-"}${label}`),
    });
    const find = (reference: string): ForwardedWorkload =>
      toForwarded(this.#fleet.fleet.find(reference));
    this.#forwards = new HostForwards(this.#table, find);
    const tunnels = new HostTunnels({ find, emit: () => {}, warn: () => {} });
    stack.use(this.#table);
    stack.use(this.#fleet);
    stack.use(tunnels);
    const forwards = this.#forwards;
    stack.use(settleWorkloads({ events: this.#events, forwards, tunnels }));
  }

  /** Applies a version with forwards of those names; resolves with what came of it, as far as it was waited for. */
  async apply(names: readonly string[], wishes: Wishes = {}): Promise<Applied["outcome"]> {
    const { wait = false, signal, isBroken = false } = wishes;
    this.#version += 1;
    const workload = this.#workload(names, isBroken);
    const applied = await this.#forwards.around(
      [workload],
      (onOver) => this.#fleet.fleet.apply([workload], { wait, signal, onOver }),
      { wait },
    );
    return applied[0]?.outcome ?? assert.fail();
  }

  /** As the host does it. */
  async stop(): Promise<void> {
    const hosted = this.#fleet.fleet.find("shop");
    this.#forwards.leave(hosted.name);
    await hosted.stop();
    await this.#forwards.settle(hosted.name);
  }

  /** Has something be under way in a cell, which drains for as long. */
  occupy(index: number, isBusy: boolean): void {
    this.#fleet.cell(index).load = isBusy ? 1 : 0;
  }

  async ready(index: number): Promise<void> {
    await this.untilCells(index + 1);
    const cell = this.#fleet.cell(index);
    cell.report({ tag: "ready" });
    cell.listen();
  }

  async fail(index: number): Promise<void> {
    await this.untilCells(index + 1);
    const cell = this.#fleet.cell(index);
    cell.report({ tag: "ready" });
    cell.trap();
  }

  async opened(name: string): Promise<void> {
    await until(() => this.changes.includes(`+${name}`));
  }

  untilCells(count: number): Promise<void> {
    return this.#fleet.untilCells(count);
  }

  turn(): Promise<void> {
    return this.#fleet.turn();
  }

  /** Lets all that was begun come to where it waits for a cell, binding included. */
  async quiet(): Promise<void> {
    for (let time = 0; time < 10; time += 1) await this.turn();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stack.disposeAsync();
  }

  #workload(names: readonly string[], isBroken: boolean): Workload {
    const ports = names.map((name, index) => {
      const publish = `unix:${join(this.#directory, name)}`;
      return { name, port: 80 + index, protocol: "tcp", publish } as const;
    });
    const image = isBroken ? join(this.#directory, "none.wasm") : SERVICE.image;
    const service = { ...SERVICE, image, ports };
    const workload = workloadOf("shop", "shop.localhost", this.#version, service);
    return workload;
  }
}

function toForwarded({ name, workload, wayIn, state }: HostedWorkload): ForwardedWorkload {
  return { name, workload, wayIn, isStopped: state.tag === "stopping" || isStopped(state) };
}
